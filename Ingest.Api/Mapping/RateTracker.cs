namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Totals whose increase per second counts: from the greatest total of a step before, where it was first seen, and over as long as the steps say.
/// Over less, or between any two samples, it would be too high, where one of two replicas brings the other's total again a little later, or a
/// total that moves less often than it is read. Of a step the greatest rate stays.
/// </summary>
internal static class RateTracker
{
    // A kernel counts CPU time in hundredths of a second: within less, a rate is mostly rounding.
    private const long MinNanoseconds = 100_000_000;

    /// <inheritdoc cref="GaugeTracker.Apply"/>
    /// <param name="state">The series so far.</param>
    /// <param name="point">The value.</param>
    /// <param name="step">Its step.</param>
    /// <param name="stepLength">How long a step is.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    /// <param name="window">How far two samples may be apart.</param>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, long stepLength, int remembered, long window)
    {
        if (point.Value is not (>= 0 and < CounterReset.End))
            return UnmappedReason.NotANumber;
        if (point.Series.Description.IsDelta)
            return Increase(state, point, step, remembered, window);
        if (CounterReset.IsOfEarlierRun(state, point, window))
            return UnmappedReason.OutOfOrder;
        return point.Time <= state.Time
            ? Late(state, point, step, stepLength, remembered, window)
            : GoOn(state, point, step, stepLength, remembered, window);
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

    private static UnmappedReason? GoOn(SeriesState state, in SeriesPoint point, long step, long stepLength, int remembered, long window)
    {
        var before = CounterReset.Predecessor(state, point, window);
        var (isRestart, isDip, hasMoved) = (CounterReset.IsRestart(before, point), CounterReset.IsDip(before, point), before.Time != state.Time);
        var isSameStep = state.Parts is [.., var newest] && newest.Step == step;
        // Whether it has fallen, or is what another replica read before, shows in the next step.
        if (isSameStep && isRestart)
            return UnmappedReason.OutOfOrder;

        var isAnew = before.Time == long.MinValue || point.Time - before.Time > window || CounterReset.IsUnknownStart(before, point);
        var rate = double.NaN;
        if (!isAnew)
        {
            var (since, total) = hasMoved ? (before.Time, before.Value) : Base(state, point.Time, step, stepLength, window);
            var reason = isDip ? UnmappedReason.ImpossibleRate
                : double.IsNaN(total) ? null : TryRate(point, since, isRestart ? point.Value : Increase(total, point.Value), out rate);
            if (reason == UnmappedReason.ImpossibleRate)
                state.LeaveOut(point, isDip);
            if (reason is not null)
                return reason;
        }
        state.GoOn(point, point.Value);
        state.Raise(step, point.Time, rate, point.Value, remembered, isAnew: hasMoved || (isAnew && !isSameStep));
        return double.IsNaN(rate) ? UnmappedReason.FirstOfRate : null;
    }

    // Where the last step stood that is as far away as its steps say, and since when; NaN where nothing is known of that. After a replica's
    // sample was lost the other one's, which came later, is nearer; but not where nobody sent anything for about a step.
    private static (long Since, double Total) Base(SeriesState state, long time, long step, long stepLength, long window)
    {
        var nearest = (Since: 0L, Total: double.NaN);
        var previous = state.Time < time ? state.Time : state.CountBefore(step) is > 0 and var known ? state.Parts[known - 1].Last : time;
        for (var i = state.CountBefore(step) - 1; i >= 0 && time - state.Parts[i].First <= window; i--)
        {
            var part = state.Parts[i];
            if (IsFar(part.First, time, step - part.Step))
                return (part.First, part.Total);
            if (double.IsNaN(nearest.Total) && IsFar(previous, time, stepLength))
                nearest = (part.First, part.Total);
        }
        return nearest;
    }

    // Clients are not quite on time.
    private static bool IsFar(long from, long to, long distance) => to - from >= distance / 10 * 9;

    // It fits where it lies between what is known of the same run; those after it may count from it from now on.
    private static UnmappedReason? Late(SeriesState state, in SeriesPoint point, long step, long stepLength, int remembered, long window)
    {
        if (!state.TryGetAround(step, remembered, out var before, out var after) || !Fits(before, point.Value, after))
            return UnmappedReason.OutOfOrder;
        var rate = double.NaN;
        var (since, total) = Base(state, point.Time, step, stepLength, window);
        if (!double.IsNaN(total) && TryRate(point, since, Increase(total, point.Value), out rate) is { } reason)
            return reason;
        if (!state.Raise(step, point.Time, rate, point.Value, remembered))
            return UnmappedReason.OutOfOrder;
        state.Value = Math.Max(state.Value, after.Step == long.MinValue ? point.Value : 0);
        if (state.Current.First == point.Time)
            RaiseLater(state, point, step, stepLength, window);
        return double.IsNaN(rate) ? UnmappedReason.FirstOfRate : null;
    }

    private static void RaiseLater(SeriesState state, in SeriesPoint point, long step, long stepLength, long window)
    {
        for (var i = state.CountUpTo(step); i < state.Parts.Length; i++)
        {
            var later = state.Parts[i];
            var (since, total) = Base(state, later.First, later.Step, stepLength, window);
            if (since > point.Time || later.First - point.Time > window)
                return;
            if (since == point.Time && TryRate(point with { Time = later.First }, since, Increase(total, later.Total), out var rate) is null)
                state.RaiseLater(later.Step, rate);
        }
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
        if (point.Time - since < MinNanoseconds)
            return UnmappedReason.TooClose;
        var rule = point.Series.Rule!;
        var perSecond = (increase / ((point.Time - since) / 1e9) * rule.Scale) + rule.Offset;
        if (perSecond > rule.Highest || !rule.Holds(perSecond))
            return UnmappedReason.ImpossibleRate;
        rate = perSecond;
        return null;
    }
}
