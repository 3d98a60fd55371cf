namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Totals whose increase per second counts.</summary>
internal static class RateTracker
{
    // A kernel counts CPU time in hundredths of a second: within less, a rate is mostly rounding.
    private const long ShortestNanoseconds = 100_000_000;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        if (point.Value is not (>= 0 and < CounterReset.End))
            return UnmappedReason.NotANumber;
        var isDelta = point.Series.Description.IsDelta;
        if (point.Time <= state.Time || (!isDelta && CounterReset.IsOfEarlierRun(state, point)))
            return UnmappedReason.OutOfOrder;
        var before = isDelta ? state.Newest : CounterReset.Predecessor(state, point, window);
        // A delta says itself since when it counts.
        var since = isDelta && point.Start != 0 && point.Start < point.Time ? point.Start : before.Time;
        if (since == long.MinValue || point.Time - since > window || (!isDelta && CounterReset.IsUnknownStart(before, point)))
        {
            state.GoOn(point, point.Value);
            return UnmappedReason.FirstOfRate;
        }
        if (point.Time - since < ShortestNanoseconds)
            return UnmappedReason.TooClose;

        var increase = isDelta || CounterReset.IsRestart(before, point) ? point.Value : point.Value - before.Value;
        var rule = point.Series.Rule!;
        var rate = (increase / ((point.Time - since) / 1e9) * rule.Scale) + rule.Offset;
        var isDip = !isDelta && CounterReset.IsDip(before, point);
        if (isDip || rate > rule.Highest || !rule.Holds(rate))
        {
            state.LeaveOut(point, isDip);
            return UnmappedReason.ImpossibleRate;
        }
        state.GoOn(point, point.Value);
        state.Raise(step, point.Time, rate, remembered);
        return null;
    }
}
