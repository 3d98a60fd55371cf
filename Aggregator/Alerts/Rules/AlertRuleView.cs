namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>A rule as it is answered.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Version">Its version.</param>
/// <param name="Name">Shown to people.</param>
/// <param name="Measure">What it looks at.</param>
/// <param name="Aggregate">How a span becomes a value.</param>
/// <param name="SpanSeconds">The span.</param>
/// <param name="Above">Raised above this.</param>
/// <param name="ForSeconds">For that long.</param>
/// <param name="Below">Cleared below this.</param>
/// <param name="ClearForSeconds">For that long.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Scope"><c>all</c>, <c>user</c> or <c>instance</c>.</param>
/// <param name="UserId">The user.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="Enabled">Whether it is evaluated.</param>
/// <param name="MutedUntil">Until then its alerts are not notified.</param>
/// <param name="ValidFrom">From when on this version is evaluated.</param>
/// <param name="ValidTo">Until when; null: still.</param>
internal sealed record AlertRuleView(
    Guid Id, int Version, string Name, string Measure, string? Aggregate, double? SpanSeconds, decimal Above, double ForSeconds, decimal Below,
    double ClearForSeconds, string Severity, string Scope, Guid? UserId, Guid? InstanceId, bool Enabled, DateTimeOffset? MutedUntil,
    DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo)
{
    public static AlertRuleView Of(AlertRule rule, DateTimeOffset? mutedUntil)
    {
        var d = rule.Definition;
        return new(
            rule.Id, rule.Version, d.Name, WireNames.Of(d.Measure), d.Aggregate is { } a ? WireNames.Of(a) : null, d.Span?.TotalSeconds, d.Above,
            d.For.TotalSeconds, d.Below, d.ClearFor.TotalSeconds, WireNames.Of(d.Severity),
            d.InstanceId is not null ? "instance" : d.UserId is not null ? "user" : "all", d.UserId, d.InstanceId, d.Enabled, mutedUntil,
            rule.ValidFrom, rule.ValidTo);
    }
}
