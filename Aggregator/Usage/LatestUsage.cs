using LaunchStack.Usage.Samples;

namespace LaunchStack.Aggregator.Usage;

/// <summary>The newest sample of an instance, as it came, with its memory in percent of the limit.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Timestamp">When it was measured.</param>
/// <param name="CpuUsage">Percent of one core.</param>
/// <param name="MemoryUsage">Bytes.</param>
/// <param name="MemoryLimit">Bytes.</param>
/// <param name="MemoryPercentage">Percent of the limit.</param>
/// <param name="DiskUsage">Bytes.</param>
/// <param name="NetworkIn">Bytes since the container started: the counter itself.</param>
/// <param name="NetworkOut">Bytes since the container started.</param>
public sealed record LatestUsage(
    Guid InstanceId,
    DateTimeOffset Timestamp,
    double? CpuUsage,
    long? MemoryUsage,
    long? MemoryLimit,
    double? MemoryPercentage,
    long? DiskUsage,
    long? NetworkIn,
    long? NetworkOut)
{
    internal static LatestUsage Of(in UsageSample sample) => new(
        sample.InstanceId, sample.Timestamp, sample.Values.CpuUsage, sample.Values.MemoryUsage, sample.Values.MemoryLimit,
        Measures.MemoryPercentage(sample.Values.MemoryUsage, sample.Values.MemoryLimit),
        sample.Values.DiskUsage, sample.Values.NetworkIn, sample.Values.NetworkOut);
}
