namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>An alert, or the state of a rule and an instance that raised none.</summary>
/// <param name="Id">The alert.</param>
/// <param name="RuleId">Its rule.</param>
/// <param name="Version">The rule's version.</param>
/// <param name="RuleName">The rule's name in that version.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Measure">What the rule looks at.</param>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="State"><c>firing</c>, <c>recovering</c>, <c>resolved</c>; <c>pending</c>, <c>silent</c> or <c>inactive</c>.</param>
/// <param name="Value">The value when it was raised; of a state, when it last changed.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Since">Since when it was above the limit, or in the state.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="ResolvedAt">When it was over.</param>
/// <param name="Resolution">Why.</param>
/// <param name="MutedUntil">Until then the rule is muted.</param>
/// <param name="InstanceName">The instance's name today; null: there is no such instance any more.</param>
internal sealed record AlertView(
    Guid Id, Guid RuleId, int Version, string RuleName, string Severity, string Measure, Guid? InstanceId, Guid? UserId, string State,
    decimal? Value, decimal Limit, DateTimeOffset Since, DateTimeOffset? RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution, DateTimeOffset? MutedUntil,
    string? InstanceName);
