using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>All rules over all instances for some ticks in a row: the platform first, since its silence holds the instances' back.</summary>
internal static class TickEvaluation
{
    /// <summary>Steps every rule and instance through the ticks; how many ticks there are at once changes nothing in what comes out.</summary>
    /// <param name="rules">Versions that hold at any of the ticks, or ended with states of theirs.</param>
    /// <param name="instances">Registered instances with their samples.</param>
    /// <param name="states">The states before the first tick.</param>
    /// <param name="starts">For versions whose first tick is among these: states to start from (see <see cref="StartOf"/>).</param>
    /// <param name="ticks">Each the next of the one before.</param>
    /// <param name="cancellationToken">Stops between two ticks.</param>
    public static TickResult Run(
        IReadOnlyList<AlertRule> rules, IReadOnlyList<InstanceData> instances, IReadOnlyDictionary<StateKey, AlertState> states,
        IReadOnlyDictionary<StateKey, AlertState> starts, DateTimeOffset[] ticks, CancellationToken cancellationToken)
    {
        var changed = new List<(StateKey, AlertState)>();
        var transitions = new List<AlertTransition>();
        var heldBack = new bool[ticks.Length];
        foreach (var rule in rules.Where(r => r.Definition.IsPlatform))
        {
            var platform = new PlatformEvaluation(rule, ticks);
            foreach (var data in instances)
                platform.Add(data, ticks[0], ticks[^1], cancellationToken);
            Keep(StateKey.Of(rule, Guid.Empty), (before, _) => platform.Run(before, heldBack, transitions));
        }
        foreach (var rule in rules.Where(r => !r.Definition.IsPlatform))
        {
            foreach (var data in instances)
                Keep(StateKey.Of(rule, data.Id), (before, start) => RuleEvaluation.Run(rule, data, before, start, ticks, heldBack, transitions, cancellationToken));
        }
        return new(changed, transitions);

        void Keep(StateKey key, Func<AlertState?, AlertState?, AlertState?> run)
        {
            var before = states.GetValueOrDefault(key);
            if (run(before, starts.GetValueOrDefault(key)) is { } after && !ReferenceEquals(after, before))
                changed.Add((key, after));
        }
    }

    /// <summary>
    /// What a silence rule knows of an instance at its first tick: a sample of the last day makes it one that can be silent.
    /// </summary>
    public static AlertState StartOf(DateTimeOffset firstTick, DateTimeOffset lastSample) => 
        new(AlertStatus.Inactive, 0, firstTick, null, lastSample) { KnownSince = firstTick };
}
