namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Finds whether the members of a sum are read each in its own time, and not all at once: two have a value in one step at different times, or never meet in
/// one and come at regular times of their own.
/// </summary>
internal sealed class StaggeredReadings
{
    // So many turns show that two take turns: parts of a turn by which their times may be off, and the two must be.
    private const int Turns = 3;
    private const int RegularPart = 40;
    private const int UnevenPart = 10;

    private readonly RequestStates _states;
    private readonly PartGaps _gaps;
    private readonly Dictionary<long, (Series Member, SeriesPart Part)> _firstOf = [];
    private long[] _steps = [];

    private StaggeredReadings(RequestStates states, PartGaps gaps) => (_states, _gaps) = (states, gaps);

    /// <summary>Two members that are read at different times; null where none are known.</summary>
    public static (Series One, Series Other)? Find(ReadOnlySpan<Series> members, RequestStates states, PartGaps gaps)
    {
        var readings = new StaggeredReadings(states, gaps);
        return readings.WithinOneStep(members) ?? readings.InTurns(members);
    }

    private (Series, Series)? WithinOneStep(ReadOnlySpan<Series> members)
    {
        foreach (var member in members)
        {
            foreach (var part in _states.Of(member).Parts)
            {
                if (!_firstOf.TryAdd(part.Step, (member, part)) && part.IsApartFrom(_firstOf[part.Step].Part))
                    return (_firstOf[part.Step].Member, member);
            }
        }
        return null;
    }

    private (Series, Series)? InTurns(ReadOnlySpan<Series> members)
    {
        _steps = [.. _firstOf.Keys.Order()];
        foreach (var member in members)
        {
            var state = _states.Of(member);
            for (var newest = Turns - 1; newest < state.Parts.Length; newest++)
            {
                if (InTurnWith(state, newest) is { } other)
                    return (member, other);
            }
        }
        return null;
    }

    // The member that comes as long after it each time, and not as long as it comes after that: one reader's turns come as its readings do, evenly but
    // for those that are missing.
    private Series? InTurnWith(SeriesState state, int newest)
    {
        var turns = state.Parts[(newest - Turns + 1)..(newest + 1)];
        Span<int> at = stackalloc int[Turns];
        for (var turn = 0; turn < Turns; turn++)
        {
            if (turn > 0 && _gaps.Before(state, newest - Turns + 1 + turn) is var gap && gap.First > gap.Last)
                return null;
            at[turn] = Array.BinarySearch(_steps, turns[turn].Step);
        }
        if (at[^1] + 1 == _steps.Length)
            return null;
        var second = _firstOf[_steps[at[0] + 1]].Member;
        var others = _states.Of(second);
        (long Min, long Max) there = (long.MaxValue, long.MinValue), back = there;
        for (var turn = 0; turn < Turns; turn++)
        {
            if (!others.TryGetPart(_steps[at[turn] + 1], out var other))
                return null;
            there = Widen(there, other.First - turns[turn].Last);
            if (turn > 0)
                back = Widen(back, turns[turn].First - _firstOf[_steps[at[turn] - 1]].Part.Last);
        }
        var turnLength = (turns[^1].First - turns[0].First) / (Turns - 1);
        var isRegular = Math.Max(there.Max - there.Min, back.Max - back.Min) <= turnLength / RegularPart;
        var uneven = Math.Max(back.Min - there.Max, there.Min - back.Max);
        return isRegular && uneven >= turnLength / UnevenPart && !ShareTime(state, others) ? second : null;
    }

    // Whoever shares a time with it elsewhere is of the same reader.
    private static bool ShareTime(SeriesState one, SeriesState other)
    {
        foreach (var part in one.Parts)
        {
            if (other.TryGetPart(part.Step, out _))
                return true;
        }
        return false;
    }

    private static (long Min, long Max) Widen((long Min, long Max) range, long value) => (Math.Min(range.Min, value), Math.Max(range.Max, value));
}
