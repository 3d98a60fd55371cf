using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Contracts;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Events from transitions.</summary>
internal static class AlertEvents
{
    public static UsageAlertRaised Raised(AlertTransition t) => new(
        t.AlertId, t.Rule.Id, t.Rule.Version, WireNames.Of(t.Rule.Definition.Severity), WireNames.Of(t.Rule.Definition.Measure),
        Instance(t), t.UserId, t.To.Value!.Value, t.Rule.Definition.Above, t.Since, t.Tick);

    public static UsageAlertResolved Resolved(AlertTransition t) => new(
        t.AlertId, t.Rule.Id, t.Rule.Version, WireNames.Of(t.Rule.Definition.Severity), WireNames.Of(t.Rule.Definition.Measure),
        Instance(t), t.UserId, t.To.Value, t.Rule.Definition.Below, t.Since, t.Tick, t.Reason);

    private static Guid? Instance(AlertTransition t) => t.InstanceId == Guid.Empty ? null : t.InstanceId;
}
