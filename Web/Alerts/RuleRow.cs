namespace LaunchStack.Web.Alerts;

/// <summary>A rule as the aggregator lists it.</summary>
internal sealed record RuleRow(
    Guid Id, int Version, string Name, string Measure, string? Aggregate, double? SpanSeconds, decimal Above, double ForSeconds, decimal Below, double ClearForSeconds,
    string Severity, string Scope, Guid? UserId, Guid? InstanceId, bool Enabled, DateTimeOffset? MutedUntil);
