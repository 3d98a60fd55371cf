using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>
/// The silence of the platform: of the instances that sent samples within the last two spans, how many sent none in the second of them.
/// One that has been silent for longer, or was stopped, is not counted: only a silence of many at once is the platform's.
/// </summary>
internal sealed class PlatformEvaluation(AlertRule rule, DateTimeOffset[] ticks)
{
    // The silence of a single instance is its own, even when there is no other.
    private const int MinSilent = 2;

    private readonly int[] _expected = new int[ticks.Length];
    private readonly int[] _silent = new int[ticks.Length];

    /// <summary>Counts an instance, at the ticks of a part of the time.</summary>
    public void Add(InstanceData data, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var span = rule.Definition.Span!.Value;
        var (first, last) = (PositionOf(from), PositionOf(to));
        // Of two spans.
        var window = new RunningWindow(rule.Definition, data, ticks.AsSpan()[first..(last + 1)]);
        for (var i = first; i <= last; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            window.MoveTo(i - first);
            if (data.TargetAt(ticks[i])?.PresentSince is null || window.Newest is not { } newest)
                continue;
            _expected[i]++;
            if (newest <= ticks[i] - span)
                _silent[i]++;
        }
    }

    /// <summary>Steps through the ticks, once all instances are counted.</summary>
    /// <param name="state">The state before the first tick.</param>
    /// <param name="heldBack">Set for each tick at which the platform is silent.</param>
    /// <param name="transitions">Takes the changes of status.</param>
    /// <returns>The state after the last tick.</returns>
    public AlertState? Run(AlertState? state, Span<bool> heldBack, List<AlertTransition> transitions)
    {
        for (var i = 0; i < ticks.Length; i++)
        {
            if (state is null && !rule.HoldsAt(ticks[i]))
                continue;
            var seen = rule.HoldsAt(ticks[i]) ? new Observation(Share(i)) : Observation.Over(TransitionReasons.Rule);
            var (next, reason) = AlertMachine.Step(rule.Definition, state, seen, ticks[i], heldBack: false);
            if (AlertTransition.Of(rule, Guid.Empty, null, ticks[i], state, next, reason) is { } transition)
                transitions.Add(transition);
            state = next;
            heldBack[i] |= state is { IsRaised: true } or { Status: AlertStatus.Pending };
        }
        return state;
    }

    private int PositionOf(DateTimeOffset tick) => (int)((tick - ticks[0]).Ticks / AlertTicks.Interval.Ticks);

    private decimal? Share(int tick) =>
        _expected[tick] == 0 ? null : _silent[tick] < MinSilent ? 0 : decimal.Round(_silent[tick] * 100m / _expected[tick], 6);
}
