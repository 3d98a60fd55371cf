namespace LaunchStack.Storage.Reading;

/// <summary>An instance and when it was last heard of.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Name">Its name.</param>
/// <param name="Status">As registered; null where unknown.</param>
/// <param name="LastSampleAt">Time of its newest sample; null before the first.</param>
public sealed record InstanceSummary(Guid InstanceId, string Name, string? Status, DateTimeOffset? LastSampleAt);
