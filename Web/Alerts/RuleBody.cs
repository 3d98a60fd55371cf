namespace LaunchStack.Web.Alerts;

/// <summary>A rule as the aggregator takes it.</summary>
internal sealed record RuleBody(
    string Name, string Measure, string? Aggregate, long? SpanSeconds, decimal Above, long ForSeconds, decimal Below, long ClearForSeconds, string Severity,
    Guid? UserId, Guid? InstanceId, bool Enabled, DateTimeOffset? MutedUntil)
{
    public static RuleBody Of(RuleRow rule) => new(
        rule.Name, rule.Measure, rule.Aggregate, (long?)rule.SpanSeconds, rule.Above, (long)rule.ForSeconds, rule.Below, (long)rule.ClearForSeconds, rule.Severity,
        rule.UserId, rule.InstanceId, rule.Enabled, rule.MutedUntil);
}
