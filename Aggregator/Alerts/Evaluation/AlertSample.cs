namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>One version of a sample. Times are ticks of <see cref="DateTime"/>, UTC; a value that is missing is <see cref="None"/>.</summary>
/// <param name="At">The sample's own time.</param>
/// <param name="ReceivedAt">From when on this version is known.</param>
/// <param name="SupersededAt">From when on another one is known in its place.</param>
/// <param name="Cpu">Millionths of a core: integers add up to the same in any order.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="MemoryLimit">Bytes.</param>
/// <param name="Disk">Bytes.</param>
/// <param name="NetworkIn">Bytes since the container started.</param>
/// <param name="NetworkOut">Bytes since the container started.</param>
internal readonly record struct AlertSample(
    long At, long ReceivedAt, long SupersededAt, long Cpu, long Memory, long MemoryLimit, long Disk, long NetworkIn, long NetworkOut)
{
    public const long None = long.MinValue;

    /// <summary><c>cpu_usage</c>, percent of one core, in millionths of a core: rounded here, once.</summary>
    public static long Millionths(double cpuUsage) => (long)Math.Round(cpuUsage * 10_000, MidpointRounding.AwayFromZero);
}
