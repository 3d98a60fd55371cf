using LaunchStack.Aggregator.Alerts.Evaluation;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>A transition as its row has it: what a replay must give again, to the last digit.</summary>
internal sealed record StoredTransition(DateTimeOffset Tick, Guid InstanceId, AlertStatus From, AlertState To, string Reason)
{
    public static StoredTransition Of(AlertTransition t) => new(t.Tick, t.InstanceId, t.From, t.To with { KnownSince = default }, t.Reason);
}
