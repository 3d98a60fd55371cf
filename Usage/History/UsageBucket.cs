namespace LaunchStack.Usage.History;

/// <summary>What an instance used in one bucket of a history; averages unless named max. Null: nothing was measured.</summary>
/// <param name="Timestamp">Start of the bucket, UTC.</param>
/// <param name="CpuUsage">Percent of one core.</param>
/// <param name="CpuMax">Percent of one core.</param>
/// <param name="MemoryUsage">Bytes.</param>
/// <param name="MemoryMax">Bytes.</param>
/// <param name="MemoryLimit">Bytes; the last limit seen in the bucket.</param>
/// <param name="MemoryPercentage">Average memory in percent of the limit.</param>
/// <param name="DiskUsage">Bytes.</param>
/// <param name="NetworkIn">
/// Bytes received since the sample before: what moved across the border of two buckets counts in the later one, and a counter that
/// fell has started again from zero. So the buckets of any range add up to what was moved in it.
/// </param>
/// <param name="NetworkOut">Bytes sent, counted likewise.</param>
/// <param name="SampleCount">Samples in the bucket, never 0: a bucket without samples is left out.</param>
/// <param name="Restarts">How often a counter fell, because the container started again; counts at least one for a rollup's bucket that holds any.</param>
public sealed record UsageBucket(
    DateTimeOffset Timestamp,
    double? CpuUsage,
    double? CpuMax,
    double? MemoryUsage,
    long? MemoryMax,
    long? MemoryLimit,
    double? MemoryPercentage,
    double? DiskUsage,
    decimal? NetworkIn,
    decimal? NetworkOut,
    long SampleCount,
    int Restarts = 0);
