namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Totals whose increase per second counts: from the greatest total of the step before, where it was first seen. Between any two samples it
/// would be too high, where one of two replicas brings the other's total again a little later, or a total that moves less often than it
/// is read. Of a step the greatest rate stays.
/// </summary>
internal static class RateTracker
{
    // A kernel counts CPU time in hundredths of a second: within less, a rate is mostly rounding.
    private const long ShortestNanoseconds = 100_000_000;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        if (point.Value is not (>= 0 and < CounterReset.End))
            return UnmappedReason.NotANumber;
        if (point.Series.Description.IsDelta)
            return Increase(state, point, step, remembered, window);
        if (CounterReset.IsOfEarlierRun(state, point, window))
            return UnmappedReason.OutOfOrder;
        return point.Time <= state.Time ? Late(state, point, step, remembered, window) : GoOn(state, point, step, remembered, window);
    }

    // A delta says itself since when it counts, in whatever order it comes.
    private static UnmappedReason? Increase(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        var isDated = point.Start != 0 && point.Start < point.Time;
        if (!isDated && point.Time <= state.Time)
            return UnmappedReason.OutOfOrder;
        var since = isDated ? point.Start : state.Time;
        var reason = since == long.MinValue || point.Time - since > window ? UnmappedReason.FirstOfRate
            : TryRate(point, since, point.Value, out var rate) ?? Raise(state, step, point.Time, rate, remembered);
        if (point.Time > state.Time && reason is null or UnmappedReason.FirstOfRate)
            state.GoOn(point, point.Value);
        return reason;

        static UnmappedReason? Raise(SeriesState state, long step, long time, double rate, int remembered)
        {
            state.Raise(step, time, rate, remembered);
            return null;
        }
    }

    private static UnmappedReason? GoOn(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        var before = CounterReset.Predecessor(state, point, window);
        var (isRestart, isDip, hasMoved) = (CounterReset.IsRestart(before, point), CounterReset.IsDip(before, point), before.Time != state.Time);
        var isSameStep = state.Parts is [.., var newest] && newest.Step == step;
        // Whether it has fallen, or is what another replica read before, shows in the next step.
        if (isSameStep && isRestart)
            return UnmappedReason.OutOfOrder;

        var isFirst = before.Time == long.MinValue || point.Time - before.Time > window || CounterReset.IsUnknownStart(before, point);
        var rate = double.NaN;
        if (!isFirst)
        {
            var (since, total) = hasMoved ? (before.Time, before.Value) : Base(state, isSameStep);
            isFirst = double.IsNaN(total) || point.Time - since > window;
            var reason = isDip ? UnmappedReason.ImpossibleRate : isFirst ? null : TryRate(point, since, isRestart ? point.Value : Increase(total, point.Value), out rate);
            if (reason == UnmappedReason.ImpossibleRate)
                state.LeaveOut(point, isDip);
            if (reason is not null)
                return reason;
        }
        state.GoOn(point, point.Value);
        state.Raise(step, point.Time, rate, point.Value, remembered, isAnew: hasMoved || (isFirst && !isSameStep));
        return isFirst ? UnmappedReason.FirstOfRate : null;
    }

    // Where the step before stood, and since when; NaN where nothing is known of that.
    private static (long Since, double Total) Base(SeriesState state, bool isSameStep) =>
        (isSameStep ? state.Parts[..^1] : state.Parts) is [.., var last] ? (last.First, last.Total) : (long.MinValue, double.NaN);

    // It fits where it lies between what is known of the same run; the step after it counts from it from now on.
    private static UnmappedReason? Late(SeriesState state, in SeriesPoint point, long step, int remembered, long window)
    {
        if (!state.TryGetAround(step, remembered, out var before, out var after) || !Fits(before, point.Value, after))
            return UnmappedReason.OutOfOrder;
        var rate = double.NaN;
        if (before.Step != long.MinValue && point.Time - before.First <= window
            && TryRate(point, before.First, Increase(before.Total, point.Value), out rate) is { } reason)
        {
            return reason;
        }
        if (!state.Raise(step, point.Time, rate, point.Value, remembered))
            return UnmappedReason.OutOfOrder;
        state.Value = Math.Max(state.Value, after.Step == long.MinValue ? point.Value : 0);
        if (after.Step != long.MinValue && state.Current.First == point.Time && after.First - point.Time <= window
            && TryRate(point with { Time = after.First }, point.Time, Increase(point.Value, after.Total), out var next) is null)
        {
            state.RaiseLater(after.Step, next);
        }
        return double.IsNaN(rate) ? UnmappedReason.FirstOfRate : null;
    }

    private static bool Fits(in SeriesPart before, double total, in SeriesPart after)
    {
        var (isAbove, isBelow) = (before.Step == long.MinValue || total >= before.Total, after.Step == long.MinValue || total <= after.Total);
        // Between the last of one run and the first of the next it is of either.
        var isRestart = before.Step != long.MinValue && after.Step != long.MinValue && before.Total > after.Total;
        return isRestart ? isAbove || isBelow : isAbove && isBelow;
    }

    private static double Increase(double from, double to) => to < from ? to : to - from;

    private static UnmappedReason? TryRate(in SeriesPoint point, long since, double increase, out double rate)
    {
        rate = double.NaN;
        if (point.Time - since < ShortestNanoseconds)
            return UnmappedReason.TooClose;
        var rule = point.Series.Rule!;
        var perSecond = (increase / ((point.Time - since) / 1e9) * rule.Scale) + rule.Offset;
        if (perSecond > rule.Highest || !rule.Holds(perSecond))
            return UnmappedReason.ImpossibleRate;
        rate = perSecond;
        return null;
    }
}
