namespace LaunchStack.Web.Instances;

/// <summary>An instance as the aggregator lists it.</summary>
internal sealed record InstanceRow(
    Guid InstanceId, string Name, string? Status, string Liveness, Guid? UserId, DateTimeOffset? LastSampleAt, DateTimeOffset? LastSeenAt, double? ClockSkewSeconds)
{
    /// <summary>When it was last heard of.</summary>
    public DateTimeOffset? LastAt => LastSeenAt > LastSampleAt ? LastSeenAt : LastSampleAt ?? LastSeenAt;
}
