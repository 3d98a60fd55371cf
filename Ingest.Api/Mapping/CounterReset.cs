namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Tells what the next value of a counter says about the one before.</summary>
internal static class CounterReset
{
    // Clients that work out the start from an uptime in whole seconds let it waver by one.
    private const long StartTolerance = 1_000_000_000;

    /// <summary>
    /// Whether it counts from zero again: its client names a later start, or it fell. OpenTelemetry's metrics data model, "Resets and gaps".
    /// </summary>
    public static bool IsRestart(SeriesState state, in SeriesPoint point) =>
        IsLaterStart(state, point) || (point.Value < state.Value && !IsDip(state, point));

    /// <summary>Whether its client says that a sequence begins here whose start it does not know: the value is where it starts.</summary>
    public static bool IsUnknownStart(SeriesState state, in SeriesPoint point) => point.Start == point.Time && IsLaterStart(state, point);

    /// <summary>
    /// Whether it fell by so little that it is no restart but a glitch, as kernels' counters have them: less than an eighth, which is
    /// where VictoriaMetrics draws the line.
    /// </summary>
    public static bool IsDip(SeriesState state, in SeriesPoint point) =>
        point.Value < state.Value && (state.Value - point.Value) * 8 < state.Value && !IsLaterStart(state, point);

    /// <summary>Whether it belongs to an earlier run, whose sender has not heard yet that there is a later one: the two must not alternate.</summary>
    public static bool IsOfEarlierRun(SeriesState state, in SeriesPoint point) =>
        point.Start != 0 && state.Start != 0 && point.Start < state.Start - StartTolerance;

    private static bool IsLaterStart(SeriesState state, in SeriesPoint point) =>
        point.Start != 0 && state.Start != 0 && point.Start > state.Start + StartTolerance;
}
