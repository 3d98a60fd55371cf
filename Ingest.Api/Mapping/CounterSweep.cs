namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What counters add up to at one step after another. A step costs those that have a part in it or have changed, not all members: else a
/// request of many steps would cost each of them the whole group.
/// </summary>
internal sealed class CounterSweep
{
    private readonly Func<Series, SeriesState> _stateOf;
    private readonly long[] _steps;
    private readonly Series[] _members;
    private readonly Dictionary<Series, (double Value, bool IsForgotten)> _counted = [];
    private readonly HashSet<Series> _changed = [];
    private int _next;
    private double _sum;
    private int _forgotten;

    /// <param name="members">The counters.</param>
    /// <param name="stateOf">Their states as the request sees them.</param>
    /// <param name="from">The first step.</param>
    public CounterSweep(ReadOnlySpan<Series> members, Func<Series, SeriesState> stateOf, long from)
    {
        (_stateOf, Step) = (stateOf, from);
        var (steps, changing) = (new List<long>(), new List<Series>());
        foreach (var member in members)
        {
            var state = stateOf(member);
            if (state.IsEmpty)
                continue;
            Count(member);
            if (state.Since > from)
                Add(state.Since, member);
            foreach (var part in state.Parts[state.CountUpTo(from)..])
                Add(part.Step, member);
        }
        (_steps, _members) = ([.. steps], [.. changing]);
        Array.Sort(_steps, _members);

        void Add(long step, Series member)
        {
            steps.Add(step);
            changing.Add(member);
        }
    }

    /// <summary>The step that it has come to.</summary>
    public long Step { get; private set; }

    /// <summary>Notes that a member has a new value in the step that comes next.</summary>
    public void Change(Series member) => _changed.Add(member);

    /// <summary>Goes on to a step.</summary>
    /// <returns>False where a member has counted up to it and nobody knows any more how much.</returns>
    public bool TryGoOn(long step, out double sum)
    {
        Step = step;
        for (; _next < _steps.Length && _steps[_next] <= step; _next++)
            Count(_members[_next]);
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
