namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Totals whose increase per second counts.</summary>
internal static class RateTracker
{
    // A kernel counts CPU time in hundredths of a second: within less, a rate is mostly rounding.
    private const long ShortestNanoseconds = 100_000_000;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        if (point.Value < 0)
            return UnmappedReason.NotANumber;
        var isDelta = point.Series.Description.IsDelta;
        if (point.Time <= state.Time || (!isDelta && CounterReset.IsOfEarlierRun(state, point)))
            return UnmappedReason.OutOfOrder;
        // A delta says itself since when it counts.
        var since = isDelta && point.Start != 0 && point.Start < point.Time ? point.Start : state.Time;
        if (since == long.MinValue || point.Time - since > window)
            return Begin(state, point, UnmappedReason.FirstOfRate);
        if (point.Time - since < ShortestNanoseconds)
            return UnmappedReason.TooClose;

        if (!isDelta && CounterReset.IsUnknownStart(state, point))
            return Begin(state, point, UnmappedReason.FirstOfRate);
        if (!isDelta && CounterReset.IsDip(state, point))
            return Begin(state, point, UnmappedReason.ImpossibleRate);
        var increase = isDelta || CounterReset.IsRestart(state, point) ? point.Value : point.Value - state.Value;
        var rule = point.Series.Rule!;
        var rate = (increase / ((point.Time - since) / 1e9) * rule.Scale) + rule.Offset;
        if (rate > rule.Highest)
            return Begin(state, point, UnmappedReason.ImpossibleRate);
        Begin(state, point, null);
        state.Raise(step, point.Time, rate, remembered);
        return null;
    }

    private static UnmappedReason? Begin(SeriesState state, in SeriesPoint point, UnmappedReason? reason)
    {
        (state.Time, state.Value, state.EndedAt) = (point.Time, point.Value, long.MaxValue);
        state.StartsAt(point.Start);
        return reason;
    }
}
