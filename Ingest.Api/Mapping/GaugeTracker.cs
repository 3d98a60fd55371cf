namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Values that count as they are.</summary>
internal static class GaugeTracker
{
    /// <summary>Takes a value in.</summary>
    /// <returns>Why it contributes nothing; null where it does.</returns>
    public static UnmappedReason? Apply(SeriesState state, in SeriesPoint point, long step, int remembered)
    {
        if (point.Series.Description.IsDelta)
            return UnmappedReason.DeltaOfGauge;
        var rule = point.Series.Rule!;
        if (point.Time >= state.Time)
            (state.Time, state.EndedAt) = (point.Time, long.MaxValue);
        state.Raise(step, point.Time, (point.Value * rule.Scale) + rule.Offset, remembered);
        return null;
    }
}
