using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Tests.Metering.Days;

/// <summary>
/// Metering as docs/metering.md says it, in the plainest way: over all samples of an instance at once, each hold cut at midnights. Shares
/// no code with what it checks.
/// </summary>
internal static class MeterModel
{
    private const long Day = 86_400_000;

    /// <summary>What each day comes to, by its number since 1970-01-01; days that come to nothing are left out.</summary>
    public static SortedDictionary<long, ModelDay> Of(IEnumerable<MeterSample> unordered)
    {
        var samples = unordered.OrderBy(s => s.Time).ToList();
        var days = new SortedDictionary<long, ModelDay>();
        for (var i = 0; i < samples.Count; i++)
        {
            var (sample, ms) = (samples[i], samples[i].Milliseconds);
            var until = ms + MaxGap(samples, ms / Day);
            if (i + 1 < samples.Count)
                until = Math.Min(until, samples[i + 1].Milliseconds);
            for (var from = ms; from < until; from = (from / Day + 1) * Day)
            {
                var held = Math.Min(until, (from / Day + 1) * Day) - from;
                var day = Get(from / Day);
                day.CoveredMs += held;
                day.Cpu += (Int128)Math.Max(sample.Cpu, 0) * held;
                day.Memory += (Int128)Math.Max(sample.Memory, 0) * held;
                day.Disk += (Int128)Math.Max(sample.Disk, 0) * held;
            }
            Get(ms / Day).Samples++;
            var (fellIn, fellOut) = (false, false);
            Get(ms / Day).In += Increase(samples, i, s => s.NetworkIn, ref fellIn);
            Get(ms / Day).Out += Increase(samples, i, s => s.NetworkOut, ref fellOut);
            Get(ms / Day).Restarts += fellIn || fellOut ? 1 : 0;
        }
        return days;

        ModelDay Get(long number) => days.TryGetValue(number, out var day) ? day : days[number] = new();
    }

    private static long MaxGap(List<MeterSample> samples, long day)
    {
        var times = samples.Select(s => s.Milliseconds).Where(ms => ms / Day == day).ToList();
        var gaps = times.Skip(1).Zip(times, (next, ms) => next - ms).Order().ToList();
        return gaps.Count == 0 ? 30_000 : Math.Clamp(3 * gaps[(gaps.Count - 1) / 2], 30_000, 300_000);
    }

    private static long Increase(List<MeterSample> samples, int i, Func<MeterSample, long> counter, ref bool fell)
    {
        var reading = counter(samples[i]);
        var before = samples.Take(i).Select(counter).LastOrDefault(r => r >= 0, -1);
        if (reading < 0 || before < 0)
            return 0;
        fell = reading < before;
        return fell ? reading : reading - before;
    }
}

/// <summary>A day of <see cref="MeterModel"/>.</summary>
internal sealed class ModelDay
{
    public Int128 Cpu { get; set; }

    public Int128 Memory { get; set; }

    public Int128 Disk { get; set; }

    public Int128 In { get; set; }

    public Int128 Out { get; set; }

    public long CoveredMs { get; set; }

    public int Samples { get; set; }

    public int Restarts { get; set; }

    public Quantities Quantities => new(Cpu, Memory, Disk, In, Out, CoveredMs, 86_400_000 - CoveredMs);
}
