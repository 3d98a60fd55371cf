using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>A version of a rule over one instance, tick by tick.</summary>
internal static class RuleEvaluation
{
    /// <summary>How far back the first tick of a version of a silence rule looks for an instance's last sample.</summary>
    public static readonly TimeSpan FirstLook = TimeSpan.FromHours(24);

    // Of a value.
    private const int Digits = 6;

    /// <summary>Steps through <paramref name="ticks"/>.</summary>
    /// <param name="rule">The version.</param>
    /// <param name="data">The instance.</param>
    /// <param name="state">The state before the first of the ticks.</param>
    /// <param name="start">At the tick of its <c>Since</c>: the state to start from, if there is none and the rule is for the instance.</param>
    /// <param name="ticks">Each the next of the one before.</param>
    /// <param name="heldBack">For each tick, whether the platform is silent.</param>
    /// <param name="transitions">Takes the changes of status.</param>
    /// <param name="cancellationToken">Stops between two ticks.</param>
    /// <returns>The state after the last tick.</returns>
    public static AlertState? Run(
        AlertRule rule, InstanceData data, AlertState? state, AlertState? start, ReadOnlySpan<DateTimeOffset> ticks, ReadOnlySpan<bool> heldBack,
        List<AlertTransition> transitions, CancellationToken cancellationToken)
    {
        // Most rules have nothing to do with most instances.
        RunningWindow? window = null;
        for (var i = 0; i < ticks.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var target = data.TargetAt(ticks[i]);
            if (target is null || state is null && !Concerns(rule, data, target, ticks[i]))
                continue;
            if (state is null && start?.Since == ticks[i])
                state = start;
            var seen = Over(rule, data, target, ticks[i]);
            if (seen.Ended is null)
            {
                window ??= new(rule.Definition, data, ticks);
                window.MoveTo(i);
                seen = See(rule.Definition, target, state, window, ticks[i]);
            }
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

    private static Observation Over(AlertRule rule, InstanceData data, InstanceTarget target, DateTimeOffset tick) =>
        !rule.HoldsAt(tick) ? Observation.Over(TransitionReasons.Rule)
        : target.PresentSince is null ? Observation.Over(TransitionReasons.Stopped)
        : !rule.Covers(data.Id, target) ? Observation.Over(TransitionReasons.Scope)
        : Observation.Nothing;

    private static Observation See(AlertDefinition rule, InstanceTarget target, AlertState? state, RunningWindow window, DateTimeOffset tick) =>
        rule.Measure == AlertMeasure.Silence ? Silence(window.Newest, target.PresentSince!.Value, state, tick) : new(Value(rule, window, target));

    private static decimal? Value(AlertDefinition rule, RunningWindow window, InstanceTarget target)
    {
        var value = rule.Measure switch
        {
            AlertMeasure.CpuPercentage => window.Value / 10_000m / target.Cores,
            AlertMeasure.MemoryPercentage => window.Value / 1_000_000m,
            _ => window.Value,
        };
        return value is { } exact ? decimal.Round(exact, Digits) : null;
    }

    // Since the last sample, or since it was started if that is later: a start takes its time. One that never sent a sample is no
    // silent one.
    private static Observation Silence(DateTimeOffset? newest, DateTimeOffset present, AlertState? state, DateTimeOffset tick)
    {
        var last = newest ?? state?.LastAt;
        if (last is null && state is null)
            return Observation.Nothing;
        var since = last > present ? last.Value : present;
        return new((decimal)(tick - since).Ticks / TimeSpan.TicksPerSecond, last);
    }
}
