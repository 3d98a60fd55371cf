namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>
/// A sample as metering sees it: integers only, <see cref="Absent"/> for what was not measured or cannot be meant (below zero, not a
/// number, above <see cref="MaxCpuPercent"/>). Such a value costs itself, never its sample.
/// </summary>
/// <param name="Time">Microseconds since 1970-01-01 UTC.</param>
/// <param name="Cpu">Millionths of a core.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="Disk">Bytes.</param>
/// <param name="NetworkIn">Bytes since the container started.</param>
/// <param name="NetworkOut">Bytes since the container started.</param>
internal readonly record struct MeterSample(long Time, long Cpu, long Memory, long Disk, long NetworkIn, long NetworkOut)
{
    public const long Absent = -1;

    /// <summary>Ten thousand cores, as at ingest: more is a unit mistaken.</summary>
    public const double MaxCpuPercent = 1_000_000;

    /// <summary>The time, truncated.</summary>
    public long Milliseconds => FloorDivide(Time, 1000);

    /// <summary>From the values of a row; a null is absent.</summary>
    public static MeterSample Of(long time, double? cpuPercent, long? memory, long? disk, long? networkIn, long? networkOut) =>
        new(time, Millionths(cpuPercent), Size(memory), Size(disk), Size(networkIn), Size(networkOut));

    // One percent of a core is ten thousand millionths. The product is taken in IEEE 754 double arithmetic and rounded to the nearest
    // integer, ties to even: what round() does in C#, PostgreSQL (double precision) and Python.
    private static long Millionths(double? percent) =>
        percent is >= 0 and <= MaxCpuPercent ? (long)Math.Round(percent.Value * 10_000, MidpointRounding.ToEven) : Absent;

    private static long Size(long? value) => value is >= 0 ? value.Value : Absent;

    private static long FloorDivide(long value, long by) => value / by - (value % by < 0 ? 1 : 0);
}
