namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What counters add up to at one step after another. A step costs those that have a part in it or have changed, not all members: else a
/// request of many steps would cost each of them the whole group.
/// </summary>
internal sealed class CounterSweep
{
    private readonly Func<Series, SeriesState> _stateOf;
    private readonly (long Step, Series Member)[] _parts;
    private readonly Dictionary<Series, (double Value, bool IsForgotten)> _counted = [];
    private readonly HashSet<Series> _changed = [];
    private int _next;
    private double _sum;
    private int _forgotten;

    /// <param name="members">The counters.</param>
    /// <param name="stateOf">Their states as the request sees them.</param>
    public CounterSweep(ReadOnlySpan<Series> members, Func<Series, SeriesState> stateOf)
    {
        _stateOf = stateOf;
        var parts = new List<(long Step, Series Member)>();
        foreach (var member in members)
        {
            var state = stateOf(member);
            if (state.IsEmpty)
                continue;
            parts.Add((state.Since, member));
            foreach (var part in state.Parts)
                parts.Add((part.Step, member));
        }
        _parts = [.. parts.OrderBy(part => part.Step)];
    }

    /// <summary>The step that it has come to.</summary>
    public long Step { get; private set; } = long.MinValue;

    /// <summary>Notes that a member has a new value in the step that comes next.</summary>
    public void Change(Series member) => _changed.Add(member);

    /// <summary>Goes on to a step.</summary>
    /// <returns>False where a member has counted up to it and nobody knows any more how much.</returns>
    public bool TryGoOn(long step, out double sum)
    {
        Step = step;
        for (; _next < _parts.Length && _parts[_next].Step <= step; _next++)
            Count(_parts[_next].Member);
        foreach (var member in _changed)
            Count(member);
        _changed.Clear();
        sum = _sum;
        return _forgotten == 0;
    }

    private void Count(Series member)
    {
        var state = _stateOf(member);
        var isKnown = state.TryGetPartUpTo(Step, out var part);
        var (value, isForgotten) = (isKnown ? part.Value : 0, !isKnown && !state.IsEmpty && state.Since <= Step);
        var before = _counted.GetValueOrDefault(member);
        _counted[member] = (value, isForgotten);
        _sum += value - before.Value;
        _forgotten += (isForgotten ? 1 : 0) - (before.IsForgotten ? 1 : 0);
    }
}
