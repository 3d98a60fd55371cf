namespace LaunchStack.Usage.History;

/// <summary>An instance and when it was last heard of.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Name">Its name.</param>
/// <param name="Status">As registered; null where unknown.</param>
/// <param name="LastSampleAt">Time of its newest sample; null before the first.</param>
/// <param name="LastSeenAt">When it last sent something, by our clock, to the minute; null before, and on the original schema.</param>
/// <param name="ClockSkewSeconds">Its clock minus ours then, less what the sample took to arrive; null while unknown.</param>
public sealed record InstanceSummary(
    Guid InstanceId, string Name, string? Status, DateTimeOffset? LastSampleAt, DateTimeOffset? LastSeenAt = null, double? ClockSkewSeconds = null);
