using LaunchStack.Usage.Samples;

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
        var value = (point.Value * rule.Scale) + rule.Offset;
        if (rule.Column == Measure.MemoryLimit && RowTable.IsNoLimit(value) && !rule.TakesOff)
            value = double.NegativeInfinity; // no sum with it is a limit, but any limit of the same series is greater
        else if (!rule.Holds(value))
            return UnmappedReason.NotANumber;
        state.Time = Math.Max(state.Time, point.Time);
        state.Raise(step, point.Time, value, remembered);
        return null;
    }
}
