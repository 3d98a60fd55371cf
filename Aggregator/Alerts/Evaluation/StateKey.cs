using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>Whose state: a version of a rule and an instance (the nil UUID: the platform).</summary>
internal readonly record struct StateKey(Guid RuleId, int Version, Guid InstanceId)
{
    public static StateKey Of(AlertRule rule, Guid instance) => new(rule.Id, rule.Version, instance);
}
