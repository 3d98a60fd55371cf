using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>The states after a tick: they are the database's as long as its progress is that tick.</summary>
internal sealed class KeptStates(DateTimeOffset tick, IReadOnlyList<AlertRule> rules, Dictionary<StateKey, AlertState> states)
{
    private readonly HashSet<(Guid, int)> _versions = [.. rules.Select(r => (r.Id, r.Version))];

    /// <summary>By whose they are.</summary>
    public IReadOnlyDictionary<StateKey, AlertState> States => states;

    /// <summary>Whether they are those before the next tick, of just these versions.</summary>
    public bool Fits(DateTimeOffset before, IReadOnlyList<AlertRule> asked) => tick == before && _versions.SetEquals(asked.Select(r => (r.Id, r.Version)));

    /// <summary>The states after what was written for the ticks from <paramref name="before"/> to <paramref name="last"/>; null when they are not known.</summary>
    public KeptStates? After(DateTimeOffset before, DateTimeOffset last, TickResult written)
    {
        if (tick != before)
            return null;
        foreach (var (key, state) in written.Changed)
            states[key] = state;
        tick = last;
        return this;
    }
}
