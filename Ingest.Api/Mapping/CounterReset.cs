namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Tells what the next value of a counter says about the one before.</summary>
internal static class CounterReset
{
    /// <summary>2^64: no counter counts further.</summary>
    public const double End = 18_446_744_073_709_551_616.0;

    /// <summary>Clients that work out the start from an uptime in whole seconds let it waver by one.</summary>
    public const long StartTolerance = 1_000_000_000;

    // Of the window in which two samples belong together: half a minute of five.
    private const long SilentParts = 10;

    /// <summary>
    /// The sample that it follows: the newest; or the stray one, where it goes on from that, since the source has moved there then.
    /// Below the newest it must have gone on for the whole window: of a dip, more than one sample may be seen.
    /// </summary>
    public static CounterSample Predecessor(SeriesState state, in SeriesPoint point, long window)
    {
        var (newest, stray) = (state.Newest, state.Stray);
        if (point.Time <= stray.Time || point.Value < stray.Value || IsLater(point.Start, stray.Start))
            return newest;
        var isBack = stray.Value < newest.Value && point.Value >= newest.Value;
        return isBack || (IsDip(newest, point) && point.Time - stray.Time <= window) ? newest : stray;
    }

    /// <summary>
    /// Whether it counts from zero again: its client names a later start, or it fell. OpenTelemetry's metrics data model, "Resets and gaps".
    /// </summary>
    public static bool IsRestart(in CounterSample before, in SeriesPoint point) =>
        IsLater(point.Start, before.Start) || (point.Value < before.Value && !IsDip(before, point));

    /// <summary>Whether its client says that a sequence begins here whose start it does not know: the value is where it starts.</summary>
    public static bool IsUnknownStart(in CounterSample before, in SeriesPoint point) =>
        point.Start == point.Time && IsLater(point.Start, before.Start);

    /// <summary>
    /// Whether it fell by so little that it is no restart but a glitch, as kernels' counters have them: less than an eighth, which is
    /// where VictoriaMetrics draws the line.
    /// </summary>
    public static bool IsDip(in CounterSample before, in SeriesPoint point) =>
        point.Value < before.Value && (before.Value - point.Value) * 8 < before.Value && !IsLater(point.Start, before.Start);

    /// <summary>
    /// Leaves it out where it belongs to an earlier run, whose sender has not heard yet that there is a later one: the two must not
    /// alternate. Only while the later one sends: two in a row of the earlier one, a tenth of the window after the later one's last, say that
    /// it is there no more, or that its start was wrong (the clock was set, and the client began anew).
    /// </summary>
    public static bool IsOfEarlierRun(SeriesState state, in SeriesPoint point, long window)
    {
        if (!IsLater(state.Start, point.Start))
            return false;
        if (point.Time <= state.Time)
            return true;
        var isSecond = IsLater(state.Start, state.Stray.Start) && point.Time > state.Stray.Time;
        if (isSecond && point.Time - state.Time >= window / SilentParts)
            return false;
        // What it counts from, should it go on: the first of them.
        if (!isSecond || point.Value < state.Stray.Value)
            state.LeaveOut(point, isDip: false);
        return true;
    }

    private static bool IsLater(long start, long than) => start != 0 && than != 0 && start > than && (ulong)(start - than) > StartTolerance;
}
