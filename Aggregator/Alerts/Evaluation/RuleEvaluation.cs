using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>A version of a rule over one instance, tick by tick.</summary>
internal static class RuleEvaluation
{
    /// <summary>How far back the first tick of a version of a silence rule looks for an instance's last sample.</summary>
    public static readonly TimeSpan FirstLook = TimeSpan.FromHours(24);

    /// <summary>Steps through <paramref name="ticks"/>.</summary>
    /// <param name="rule">The version.</param>
    /// <param name="data">The instance.</param>
    /// <param name="state">The state before the first of the ticks.</param>
    /// <param name="start">At the tick of its <c>Since</c>: the state to start from, if there is none and the rule is for the instance.</param>
    /// <param name="ticks">Each the next of the one before.</param>
    /// <param name="heldBack">For each tick, whether the platform is silent.</param>
    /// <param name="transitions">Takes the changes of status.</param>
    /// <returns>The state after the last tick.</returns>
    public static AlertState? Run(
        AlertRule rule, InstanceData data, AlertState? state, AlertState? start, ReadOnlySpan<DateTimeOffset> ticks, ReadOnlySpan<bool> heldBack,
        List<AlertTransition> transitions)
    {
        for (var i = 0; i < ticks.Length; i++)
        {
            var target = data.TargetAt(ticks[i]);
            if (target is null || state is null && !Concerns(rule, data, target, ticks[i]))
                continue;
            if (state is null && start?.Since == ticks[i])
                state = start;
            var seen = See(rule, data, target, state, ticks[i]);
            var isSilence = rule.Definition.Measure == AlertMeasure.Silence;
            var (next, reason) = AlertMachine.Step(rule.Definition, state, seen, ticks[i], isSilence && heldBack[i]);
            if (AlertTransition.Of(rule, data.Id, target.UserId, ticks[i], state, next, reason) is { } transition)
                transitions.Add(transition);
            state = next;
        }
        return state;
    }

    private static bool Concerns(AlertRule rule, InstanceData data, InstanceTarget target, DateTimeOffset tick) =>
        rule.HoldsAt(tick) && target.PresentSince is not null && rule.Covers(data.Id, target);

    private static Observation See(AlertRule rule, InstanceData data, InstanceTarget target, AlertState? state, DateTimeOffset tick)
    {
        if (!rule.HoldsAt(tick))
            return Observation.Over(TransitionReasons.Rule);
        if (target.PresentSince is not { } present)
            return Observation.Over(TransitionReasons.Stopped);
        if (!rule.Covers(data.Id, target))
            return Observation.Over(TransitionReasons.Scope);
        return rule.Definition.Measure == AlertMeasure.Silence
            ? Silence(rule.Definition, data, present, state, tick)
            : new(WindowValue.Of(rule.Definition, data, target, tick));
    }

    // Since the last sample, or since it was started if that is later: a start takes its time. One that never sent a sample is no
    // silent one.
    private static Observation Silence(AlertDefinition rule, InstanceData data, DateTimeOffset present, AlertState? state, DateTimeOffset tick)
    {
        var last = data.NewestAt(tick, rule.Reach) ?? state?.LastAt;
        if (last is null && state is null)
            return Observation.Nothing;
        var since = last > present ? last.Value : present;
        return new((decimal)(tick - since).Ticks / TimeSpan.TicksPerSecond, last);
    }
}
