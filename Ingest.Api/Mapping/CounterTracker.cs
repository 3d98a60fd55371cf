namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Totals that are stored as a total. What a series contributes is its value and an offset, so that a sum of several only ever rises by
/// what was counted: one that joins starts where it starts, one that is restarted goes on from what it had.
/// </summary>
internal static class CounterTracker
{
    // Eight terabits a second: more than any network, or the memory behind a virtual one, can move.
    private const double MaxPerSecond = 1e12;

    /// <summary>What a series contributes to its sum.</summary>
    public static double Contribution(SeriesState state, CompiledRule rule) => state.IsEmpty ? 0 : (state.Value + state.Offset) * rule.Scale;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    /// <param name="state">The series so far.</param>
    /// <param name="point">The value.</param>
    /// <param name="step">Its step.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    /// <param name="window">How long a counter that dipped must go on from there until it has moved there.</param>
    /// <param name="isWhole">Whether its first value contributes the whole of it; nothing where the sum runs already.</param>
    /// <param name="others">What everything else contributes to the sum.</param>
    /// <param name="mayBeStored">Whether the sum that was stored before this process may hold it.</param>
    public static UnmappedReason? Apply(
        SeriesState state, in SeriesPoint point, long step, int remembered, long window, bool isWhole, double others, bool mayBeStored)
    {
        var rule = point.Series.Rule!;
        if (point.Value < 0 || !RowTable.Holds(rule.Column!.Value, point.Value * Math.Abs(rule.Scale)))
            return UnmappedReason.NotANumber;

        if (point.Series.Description.IsDelta)
            return Add(state, point, step, remembered, others, mayBeStored);
        if (CounterReset.IsOfEarlierRun(state, point, window))
            return UnmappedReason.OutOfOrder;
        var (value, offset, runFrom) = (point.Value, state.Offset, state.RunFrom);
        UnmappedReason? reason = null;
        if (state.IsEmpty)
            (offset, runFrom) = (isWhole ? offset : -value, point.Time);
        else if (point.Time <= state.Time)
            reason = Late(state, point);
        else
            reason = GoOn(state, point, window, isOnly: Math.Abs(others) < 1, ref offset, ref runFrom);

        var contribution = (value + offset) * rule.Scale;
        if (reason is null && others + contribution >= long.MaxValue)
            reason = UnmappedReason.NotANumber;
        if (reason is not null)
            return reason;
        if (point.Time > state.Time)
            state.GoOn(point, value);
        else
            state.Value = Math.Max(state.Value, value);
        (state.Offset, state.RunFrom) = (offset, runFrom);
        state.Raise(step, point.Time, contribution, remembered);
        return null;
    }

    // An increase is an increase, whoever sent it first: a late one counts from its step on, unless its time is covered already.
    private static UnmappedReason? Add(
        SeriesState state, in SeriesPoint point, long step, int remembered, double others, bool mayBeStored)
    {
        var rule = point.Series.Rule!;
        var isDated = point.Start != 0 && point.Start < point.Time;
        var (isLate, isBefore) = (point.Time <= state.Time, point.Time <= state.RunFrom);
        // Which increases a stored sum holds, nobody knows any more.
        if (isLate && (!isDated || (isBefore && mayBeStored)))
            return UnmappedReason.OutOfOrder;
        if (isLate && !isBefore && !state.IsMissing(point.Start, point.Time))
            return UnmappedReason.Duplicate;
        var since = isDated ? point.Start : state.Time;
        if (since != long.MinValue && IsImpossible(point.Value, point.Time - since, rule))
            return UnmappedReason.ImpossibleRate;
        var contribution = (state.Value + point.Value) * rule.Scale;
        if (others + contribution >= long.MaxValue)
            return UnmappedReason.NotANumber;

        if (isLate)
        {
            AddLate(state, point, isBefore);
            state.Add(step, point.Time, point.Value * rule.Scale, remembered);
        }
        else
        {
            AddNext(state, point, isDated ? point.Start : point.Time);
            state.Raise(step, point.Time, contribution, remembered);
        }

        return null;
    }

    private static void AddLate(SeriesState state, in SeriesPoint point, bool isBefore)
    {
        state.Value += point.Value;
        if (!isBefore)
        {
            state.Find(point.Start, point.Time);
            return;
        }
        if (point.Time < state.RunFrom)
            state.Miss(point.Time, state.RunFrom);
        state.RunFrom = point.Start;
    }

    private static void AddNext(SeriesState state, in SeriesPoint point, long start)
    {
        // Less than a quarter of an increase is no increase that is missing, but clocks.
        if (state.IsEmpty)
            state.RunFrom = start;
        else if (start > state.Time && start != point.Time && start - state.Time >= (point.Time - start) / 4)
            state.Miss(state.Time, start);
        state.GoOn(point, state.Value + point.Value);
    }

    // It fits where it lies between what is known of the same run.
    private static UnmappedReason? Late(SeriesState state, in SeriesPoint point)
    {
        if (point.Time < state.RunFrom || (point.Time < state.Time && point.Value > state.Value) || point.Value + state.Offset < 0)
            return UnmappedReason.OutOfOrder;
        return IsImpossible(point.Value - state.Value, 0, point.Series.Rule!) ? UnmappedReason.ImpossibleRate : null;
    }

    private static UnmappedReason? GoOn(
        SeriesState state, in SeriesPoint point, long window, bool isOnly, ref double offset, ref long runFrom)
    {
        var contributed = state.Value + state.Offset;
        var before = CounterReset.Predecessor(state, point, window);
        if (CounterReset.IsUnknownStart(before, point))
        {
            (offset, runFrom) = (contributed - point.Value, point.Time);
            return null;
        }
        var (isRestart, isDip) = (CounterReset.IsRestart(before, point), CounterReset.IsDip(before, point));
        var increase = isRestart ? point.Value : point.Value - before.Value;
        if (isDip || IsImpossible(increase, point.Time - before.Time, point.Series.Rule!))
        {
            state.LeaveOut(point, isDip);
            return UnmappedReason.ImpossibleRate;
        }
        // A fall of the whole sum is what every reader takes for a restart; a fall of a part would be one of all parts.
        if (isRestart)
            (offset, runFrom) = (isOnly && point.Value < contributed ? 0 : contributed, point.Time);
        else if (before.Time != state.Time)
            (offset, runFrom) = (contributed - before.Value, before.Time);
        return null;
    }

    private static bool IsImpossible(double increase, long nanoseconds, CompiledRule rule) =>
        increase * rule.Scale > MaxPerSecond * Math.Max(1, nanoseconds / 1e9);
}
