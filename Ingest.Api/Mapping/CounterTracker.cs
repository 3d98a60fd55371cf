namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Totals that are stored as a total. What a series contributes is its value and an offset, so that a sum of several only ever rises by
/// what was counted: one that joins starts where it starts, one that is restarted goes on from what it had.
/// </summary>
internal static class CounterTracker
{
    // Eight terabits a second: more than any network, or the memory behind a virtual one, can move.
    private const double MostPerSecond = 1e12;

    /// <summary>What a series contributes to its sum.</summary>
    public static double Contribution(SeriesState state, CompiledRule rule) => state.IsEmpty ? 0 : (state.Value + state.Offset) * rule.Scale;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    /// <param name="state">The series so far.</param>
    /// <param name="point">The value.</param>
    /// <param name="step">Its step.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    /// <param name="base">The step with which the sum began.</param>
    /// <param name="isOnly">Whether nothing else contributes to the sum.</param>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, int remembered, long @base, bool isOnly)
    {
        if (point.Value < 0)
            return UnmappedReason.NotANumber;
        if (point.Series.Description.IsDelta)
            return ApplyDelta(state, point, step, remembered);
        if (CounterReset.IsOfEarlierRun(state, point))
            return UnmappedReason.OutOfOrder;
        if (state.IsEmpty)
        {
            state.Offset = step == @base ? 0 : -point.Value;
            state.RunFrom = point.Time;
        }
        else if (point.Time <= state.Time)
        {
            return ApplyLate(state, point, step, remembered);
        }
        else if (Reset(state, point, isOnly) is { } reason)
        {
            return reason;
        }

        (state.Time, state.Value) = (point.Time, point.Value);
        state.StartsAt(point.Start);
        return Raise(state, point.Series.Rule!, point.Value, point.Time, step, remembered);
    }

    // An increase is an increase, whoever sent it first.
    private static UnmappedReason? ApplyDelta(SeriesState state, in SeriesPoint point, long step, int remembered)
    {
        if (point.Time <= state.Time)
            return UnmappedReason.OutOfOrder;
        (state.Time, state.Value) = (point.Time, state.Value + point.Value);
        return Raise(state, point.Series.Rule!, state.Value, point.Time, step, remembered);
    }

    // It fits where it lies between what is known of the same run.
    private static UnmappedReason? ApplyLate(SeriesState state, in SeriesPoint point, long step, int remembered)
    {
        if (point.Time == state.Time && point.Value > state.Value)
            state.Value = point.Value;
        return point.Time < state.RunFrom || point.Value > state.Value || point.Value + state.Offset < 0
            ? UnmappedReason.OutOfOrder
            : Raise(state, point.Series.Rule!, point.Value, point.Time, step, remembered);
    }

    private static UnmappedReason? Reset(SeriesState state, in SeriesPoint point, bool isOnly)
    {
        var before = state.Value + state.Offset;
        if (CounterReset.IsUnknownStart(state, point))
        {
            state.Offset = before - point.Value;
            state.RunFrom = point.Time;
            return null;
        }
        if (CounterReset.IsRestart(state, point))
        {
            // A fall of the whole sum is what every reader takes for a restart; a fall of a part would be one of all parts.
            state.Offset = isOnly && point.Value < before ? 0 : before;
            state.RunFrom = point.Time;
            return null;
        }
        var seconds = Math.Max(1, (point.Time - state.Time) / 1e9);
        if (!CounterReset.IsDip(state, point) && point.Value - state.Value <= MostPerSecond * seconds)
            return null;
        (state.Time, state.Value, state.Offset, state.RunFrom) = (point.Time, point.Value, before - point.Value, point.Time);
        return UnmappedReason.ImpossibleRate;
    }

    private static UnmappedReason? Raise(SeriesState state, CompiledRule rule, double value, long time, long step, int remembered)
    {
        state.Raise(step, time, (value + state.Offset) * rule.Scale, remembered);
        return null;
    }
}
