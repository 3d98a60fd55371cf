using LaunchStack.Aggregator.Alerts.Evaluation;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>A version of a rule and the ticks at which it holds.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Version">Counts from 1; every change makes a new one, whose states start anew.</param>
/// <param name="Definition">What it says.</param>
/// <param name="ValidFrom">First moment; null: always (a rule that is only tried).</param>
/// <param name="ValidTo">End, exclusive; null: still.</param>
internal sealed record AlertRule(Guid Id, int Version, AlertDefinition Definition, DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidTo = null)
{
    public bool HoldsAt(DateTimeOffset tick) => Definition.Enabled && (ValidFrom is null || ValidFrom <= tick) && (ValidTo is null || tick < ValidTo);

    /// <summary>The first tick at which it was or will be evaluated, when the first of all was <paramref name="firstOfAll"/>.</summary>
    public DateTimeOffset FirstTick(DateTimeOffset firstOfAll) =>
        ValidFrom is { } from && AlertTicks.Ceiling(from) is var own && own > firstOfAll ? own : firstOfAll;

    /// <summary>Whether a target is in the rule's scope.</summary>
    public bool Covers(Guid instance, InstanceTarget target) =>
        Definition.InstanceId is { } only ? only == instance : Definition.UserId is not { } user || user == target.UserId;
}
