using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>A change of state, stored or replayed.</summary>
/// <param name="Tick">When.</param>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered.</param>
/// <param name="Value">The value then.</param>
/// <param name="Since">Since when it is above the limit, or in the state.</param>
/// <param name="Reason">Why.</param>
internal sealed record TransitionView(DateTimeOffset Tick, Guid? InstanceId, string From, string To, decimal? Value, DateTimeOffset Since, string Reason)
{
    public static TransitionView Of(AlertTransition t) => new(
        t.Tick, t.InstanceId == Guid.Empty ? null : t.InstanceId, WireNames.Of(t.From), WireNames.Of(t.To.Status), t.To.Value, t.To.Since, t.Reason);
}
