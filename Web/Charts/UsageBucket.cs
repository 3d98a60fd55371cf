namespace LaunchStack.Web.Charts;

/// <summary>A bucket of a history, as the aggregator answers it.</summary>
internal sealed record UsageBucket(
    DateTimeOffset Timestamp, double? CpuUsage = null, double? CpuMax = null, double? MemoryUsage = null, double? MemoryMax = null, double? MemoryLimit = null,
    double? MemoryPercentage = null, double? DiskUsage = null, double? NetworkIn = null, double? NetworkOut = null, long SampleCount = 1, int Restarts = 0);
