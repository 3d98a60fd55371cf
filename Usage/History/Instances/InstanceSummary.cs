namespace LaunchStack.Usage.History;

/// <summary>An instance, when it was last heard of, and its newest sample as it came.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Name">Its name.</param>
/// <param name="Status">As registered; null where unknown.</param>
/// <param name="Liveness">
/// <c>running</c>; <c>silent</c> when nothing came for three minutes, <c>new</c> before the first sample; or as registered: <c>stopped</c> and the like.
/// </param>
/// <param name="UserId">Its owner; null where it has none.</param>
/// <param name="LastSampleAt">Time of its newest sample; null before the first.</param>
/// <param name="LastSeenAt">When it last sent something, by our clock, to the minute; null before, and on the original schema.</param>
/// <param name="ClockSkewSeconds">Its clock minus ours then, less what the sample took to arrive; null while unknown.</param>
/// <param name="CpuUsage">Percent of one core.</param>
/// <param name="MemoryUsage">Bytes.</param>
/// <param name="MemoryLimit">Bytes.</param>
/// <param name="MemoryPercentage">Percent of the limit.</param>
/// <param name="DiskUsage">Bytes.</param>
/// <param name="NetworkIn">Bytes since the container started: the counter itself.</param>
/// <param name="NetworkOut">Bytes since the container started.</param>
public sealed record InstanceSummary(
    Guid InstanceId,
    string Name,
    string? Status,
    string Liveness,
    Guid? UserId = null,
    DateTimeOffset? LastSampleAt = null,
    DateTimeOffset? LastSeenAt = null,
    double? ClockSkewSeconds = null,
    double? CpuUsage = null,
    long? MemoryUsage = null,
    long? MemoryLimit = null,
    double? MemoryPercentage = null,
    long? DiskUsage = null,
    long? NetworkIn = null,
    long? NetworkOut = null);
