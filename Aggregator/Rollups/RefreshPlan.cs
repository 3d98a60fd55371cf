using LaunchStack.Usage;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>
/// What of the touched time has to be refreshed. Late samples, below the watermark, are invisible in the rollup until then. Above it
/// rows are aggregated while they are read, so only finished buckets are materialized, from the watermark on and without a hole:
/// a watermark that jumped over unmaterialized rows, or into a bucket that is still filling, would hide them.
/// </summary>
internal static class RefreshPlan
{
    /// <param name="rollup">The rollup.</param>
    /// <param name="state">How far it stands.</param>
    /// <param name="touched">Where samples were written.</param>
    /// <param name="settled">Samples before this have mostly arrived: now, less the usual delay.</param>
    public static IReadOnlyList<TimeWindow> Of(
        Rollup rollup, RollupState state, IReadOnlyList<TimeWindow> touched, DateTimeOffset settled)
    {
        var end = TimeBucket.Floor(settled, rollup.Bucket);
        var start = state.SourceFrom is { } from ? TimeBucket.Floor(from + rollup.Bucket - TimeSpan.FromTicks(1), rollup.Bucket) : (DateTimeOffset?)null;
        var watermark = state.Watermark;

        var windows = new List<TimeWindow>();
        foreach (var window in touched.Select(w => w.Widen(rollup.Bucket)))
        {
            if (watermark is { } below)
                windows.Add(window.Clip(start, below < end ? below : end));
            if (watermark is null || window.To > watermark)
            {
                var first = watermark ?? (state.Earliest is { } earliest ? TimeBucket.Floor(earliest, rollup.Bucket) : end);
                windows.Add(new TimeWindow(first, end).Clip(start, end));
            }
        }
        return TimeWindow.Merge(windows);
    }
}
