namespace LaunchStack.Usage.Samples;

/// <summary>One measurement of one instance; (instance, timestamp) is its identity.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Timestamp">When it was measured, UTC.</param>
/// <param name="CpuUsage">Percent of one core; above 100 when several cores are used.</param>
/// <param name="MemoryUsage">Bytes.</param>
/// <param name="MemoryLimit">Bytes.</param>
/// <param name="DiskUsage">Bytes.</param>
/// <param name="NetworkIn">Bytes received since the container started: a counter.</param>
/// <param name="NetworkOut">Bytes sent since the container started: a counter.</param>
public readonly record struct UsageSample(
    Guid InstanceId,
    DateTimeOffset Timestamp,
    double? CpuUsage,
    long? MemoryUsage,
    long? MemoryLimit,
    long? DiskUsage,
    long? NetworkIn,
    long? NetworkOut);
