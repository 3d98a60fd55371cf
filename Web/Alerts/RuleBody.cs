namespace LaunchStack.Web.Alerts;

/// <summary>A rule as the aggregator takes it.</summary>
internal sealed record RuleBody(
    string? Name, string? Measure, string? Aggregate, long? SpanSeconds, decimal? Above, long? ForSeconds, decimal? Below, long? ClearForSeconds,
    string? Severity, string? Scope, Guid? UserId, Guid? InstanceId, bool Enabled, DateTimeOffset? MutedUntil);
