using CsCheck;
using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Tests.Metering.Days;

/// <summary>Random lives of an instance: runs at an interval with jitter, gaps, restarts, missing and impossible values, midnights.</summary>
internal static class Samples
{
    private static readonly Gen<double?> Cpu = Gen.Frequency(
        (8, Gen.Double[0, 400].Select(v => (double?)v)), (1, Gen.Const((double?)null)),
        (1, One<double?>(double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, -0.0, 1e300, 1_000_000, double.Epsilon, 0.00005)));

    private static readonly Gen<long?> Size = Gen.Frequency(
        (8, Gen.Long[0, 1L << 40].Select(v => (long?)v)), (1, Gen.Const((long?)null)), (1, One<long?>(-1, long.MinValue, long.MaxValue, 0)));

    /// <summary>Times are ascending microseconds since 1970-01-01, without a repetition.</summary>
    public static Gen<SampleRow[]> Of(DateOnly first, int days) =>
        Gen.Select(Gen.Int[0, 86_399], One(1_000, 10_000, 15_000, 60_000, 200_000), Steps).Select((start, interval, steps) =>
        {
            var (time, received, sent) = (first.StartMilliseconds() * 1000 + start * 1_000_000L, 0L, 0L);
            var end = (first.StartMilliseconds() + days * UtcDay.Milliseconds) * 1000;
            var rows = new List<SampleRow>();
            foreach (var (kind, cpu, memory, disk, moved) in steps)
            {
                time += kind switch
                {
                    // A gap within the rule, just at it, beyond it, over hours; a sample in the same millisecond; the usual interval.
                    0 => interval * 2_500L,
                    1 => 300_000_000,
                    2 => 301_000_000 + moved % 1000,
                    3 => moved % (40L * 3600 * 1_000_000) + 1,
                    4 => 1,
                    _ => interval * 1000L + moved % 5000 - 2500,
                };
                if (time >= end)
                    break;
                (received, sent) = kind == 5 ? (moved % 100, moved % 7) : (received + moved, sent + moved / 3);
                rows.Add(new(time, cpu, memory, disk, moved % 11 == 0 ? null : received, moved % 13 == 0 ? -5 : sent));
            }
            return rows.ToArray();
        });

    private static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<(int Kind, double? Cpu, long? Memory, long? Disk, long Moved)[]> Steps =>
        Gen.Select(Gen.Int[0, 24], Cpu, Size, Size, Gen.Long[0, 1L << 42]).Array[0, 60];
}

/// <summary>A row as a column can hold it.</summary>
internal sealed record SampleRow(long Time, double? Cpu, long? Memory, long? Disk, long? NetworkIn, long? NetworkOut)
{
    public MeterSample Sample => MeterSample.Of(Time, Cpu, Memory, Disk, NetworkIn, NetworkOut);
}
