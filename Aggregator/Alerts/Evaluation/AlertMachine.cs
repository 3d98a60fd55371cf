using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>The state machine: one step a rule, instance and tick. It knows neither samples nor clocks.</summary>
internal static class AlertMachine
{
    /// <summary>The state after a tick.</summary>
    /// <param name="rule">Limits and times.</param>
    /// <param name="state">The state before; null before the instance's first value.</param>
    /// <param name="seen">What the tick sees.</param>
    /// <param name="tick">When.</param>
    /// <param name="heldBack">The platform is silent: an instance's silence is not raised beside it.</param>
    /// <returns>The state itself when nothing changes, and the reason of a change of status.</returns>
    public static (AlertState? State, string? Reason) Step(AlertDefinition rule, AlertState? state, Observation seen, DateTimeOffset tick, bool heldBack)
    {
        var (next, reason) = Move(rule, state, seen, tick, heldBack);
        return ReferenceEquals(next, state) || next is null ? (next, reason) : (next with { KnownSince = state?.KnownSince ?? tick }, reason);
    }

    private static (AlertState? State, string? Reason) Move(AlertDefinition rule, AlertState? state, Observation seen, DateTimeOffset tick, bool heldBack)
    {
        if (seen.Ended is not null)
            return state is null or { Status: AlertStatus.Inactive } ? (state, null) : (Inactive(tick, null), seen.Ended);
        if (seen.Value is not { } value)
            return state?.Status is AlertStatus.Inactive or AlertStatus.Pending
                ? (new(AlertStatus.Silent, 0, tick, null, null), TransitionReasons.NoData)
                : (state, null);

        return state?.Status switch
        {
            AlertStatus.Pending when value <= rule.Above => (Inactive(tick, value), TransitionReasons.NotAbove),
            AlertStatus.Pending when heldBack => (state, null),
            AlertStatus.Pending => Raise(rule, state with { Held = state.Held + 1, Value = value }),
            AlertStatus.Firing when value < rule.Below => Clear(rule, state with { Held = 1, Value = value }, tick),
            AlertStatus.Firing => (state, null),
            AlertStatus.Recovering when value < rule.Below => Clear(rule, state with { Held = state.Held + 1, Value = value }, tick),
            AlertStatus.Recovering => (state with { Status = AlertStatus.Firing, Held = 0, Value = value }, TransitionReasons.NotBelow),
            _ when value > rule.Above && heldBack => (new(AlertStatus.Pending, 0, tick, value, seen.LastAt), TransitionReasons.Above),
            _ when value > rule.Above => Raise(rule, new(AlertStatus.Pending, 1, tick, value, seen.LastAt)),
            AlertStatus.Silent => (Inactive(tick, value), TransitionReasons.DataAgain),
            null => (Inactive(tick, value), null),
            // What it started from counts at the first tick only.
            _ when state.LastAt is not null => (state with { LastAt = null }, null),
            _ => (state, null),
        };
    }

    private static AlertState Inactive(DateTimeOffset tick, decimal? value) => new(AlertStatus.Inactive, 0, tick, value, null);

    private static (AlertState, string) Raise(AlertDefinition rule, AlertState pending) => HasLasted(pending, rule.For)
        ? (pending with { Status = AlertStatus.Firing, Held = 0 }, TransitionReasons.Held)
        : (pending, TransitionReasons.Above);

    private static (AlertState, string) Clear(AlertDefinition rule, AlertState state, DateTimeOffset tick) => HasLasted(state, rule.ClearFor)
        ? (Inactive(tick, state.Value), TransitionReasons.Cleared)
        : (state with { Status = AlertStatus.Recovering }, TransitionReasons.Below);

    // Two ticks with evidence show one interval.
    private static bool HasLasted(AlertState state, TimeSpan span) => AlertTicks.Interval * (state.Held - 1) >= span;
}
