namespace LaunchStack.Web.Instances;

/// <summary>An alert as the aggregator lists it.</summary>
public sealed record AlertRow(
    Guid Id, Guid RuleId, int Version, string RuleName, string Severity, string Measure, Guid? InstanceId, string? InstanceName, string State,
    decimal? Value, decimal Limit, DateTimeOffset Since, DateTimeOffset? RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    DateTimeOffset? MutedUntil);
