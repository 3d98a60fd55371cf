using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.History;

/// <summary>What a history must answer, worked out sample by sample.</summary>
internal static class HistoryModel
{
    // Where time_bucket starts to count: with a width of 2, 14 or 28 days it shows.
    private static readonly DateTimeOffset Origin = new(2000, 1, 3, 0, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<UsageBucket> Answer(IEnumerable<UsageSample> samples, DateTimeOffset from, DateTimeOffset to, TimeSpan width)
    {
        var buckets = new List<UsageBucket>();
        var ordered = samples.OrderBy(s => s.Timestamp).ToList();
        var within = ordered.Where(s => s.Timestamp >= from && s.Timestamp < to);
        foreach (var group in within.GroupBy(s => s.Timestamp - new TimeSpan((s.Timestamp - Origin).Ticks % width.Ticks)))
        {
            var memory = group.Average(s => s.Values.MemoryUsage);
            var limit = group.LastOrDefault(s => s.Values.MemoryLimit is not null).Values.MemoryLimit;
            buckets.Add(new(
                group.Key, group.Average(s => s.Values.CpuUsage), group.Max(s => s.Values.CpuUsage), memory, group.Max(s => s.Values.MemoryUsage),
                limit, limit > 0 ? memory / limit * 100 : null, group.Average(s => s.Values.DiskUsage),
                Moved(group, s => s.Values.NetworkIn), Moved(group, s => s.Values.NetworkOut), group.Count()));
        }
        return buckets;

        decimal? Moved(IEnumerable<UsageSample> bucket, Func<UsageSample, long?> counter)
        {
            decimal? total = null;
            foreach (var sample in bucket)
            {
                if (counter(sample) is not { } reading)
                    continue;
                var before = ordered.Where(s => s.Timestamp < sample.Timestamp).Select(counter).LastOrDefault(v => v is not null);
                total = (total ?? 0) + (before is null ? 0 : reading < before ? reading : reading - before.Value);
            }
            return total;
        }
    }
}
