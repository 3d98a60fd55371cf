namespace LaunchStack.Contracts;

/// <summary>A rule was broken for as long as it says. Once for each alert and delivery of the outbox: <paramref name="AlertId"/> tells repetitions.</summary>
/// <param name="AlertId">Identity of the alert; the same in its <see cref="UsageAlertResolved"/> and in every replay.</param>
/// <param name="RuleId">The rule.</param>
/// <param name="Version">The rule's version.</param>
/// <param name="Severity"><c>info</c>, <c>warning</c> or <c>critical</c>.</param>
/// <param name="Kind">What the rule looks at, for example <c>cpu_percentage</c> or <c>silence</c>.</param>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="UserId">The instance's owner then.</param>
/// <param name="Value">The value seen, in the unit of the kind.</param>
/// <param name="Limit">The limit crossed, in the same unit.</param>
/// <param name="Since">The tick at which it was first seen beyond the limit.</param>
/// <param name="RaisedAt">The tick at which it had been there for long enough.</param>
public sealed record UsageAlertRaised(
    Guid AlertId, Guid RuleId, int Version, string Severity, string Kind, Guid? InstanceId, Guid? UserId,
    decimal Value, decimal Limit, DateTimeOffset Since, DateTimeOffset RaisedAt);

/// <summary>A raised alert is over.</summary>
/// <param name="AlertId">As it was raised.</param>
/// <param name="RuleId">The rule.</param>
/// <param name="Version">The rule's version.</param>
/// <param name="Severity">As it was raised.</param>
/// <param name="Kind">As it was raised.</param>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="UserId">The instance's owner now.</param>
/// <param name="Value">The value seen; null when the alert ended for another reason.</param>
/// <param name="Limit">The limit below which it is over.</param>
/// <param name="Since">As it was raised.</param>
/// <param name="ResolvedAt">The tick at which it was over.</param>
/// <param name="Reason">Why, for example <c>below_clear_limit_for_long_enough</c> or <c>instance_stopped</c>.</param>
public sealed record UsageAlertResolved(
    Guid AlertId, Guid RuleId, int Version, string Severity, string Kind, Guid? InstanceId, Guid? UserId,
    decimal? Value, decimal Limit, DateTimeOffset Since, DateTimeOffset ResolvedAt, string Reason);
