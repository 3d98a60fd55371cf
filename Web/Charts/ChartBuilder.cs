namespace LaunchStack.Web.Charts;

/// <summary>Makes charts of buckets.</summary>
internal static class ChartBuilder
{
    /// <summary>The charts of an instance.</summary>
    /// <param name="range">What was asked for.</param>
    /// <param name="buckets">Oldest first.</param>
    /// <param name="marks">Alerts; restarts are found in the buckets.</param>
    /// <param name="compared">Drawn dashed; null: nothing.</param>
    /// <param name="now">The clock.</param>
    public static UsageChart Build(
        ChartRange range, IReadOnlyList<UsageBucket> buckets, IReadOnlyList<ChartMark> marks, Compared? compared, DateTimeOffset now)
    {
        var gaps = Gaps.Find(buckets, range, now);
        var timeline = Timeline.Of(buckets, gaps, compared);
        var own = Lines(timeline.Own, "");
        var other = compared is null ? null : Lines(timeline.Other, "-compared");
        var restarts = buckets.Where(b => b.Restarts > 0).Select(b => new ChartMark(b.Timestamp, null, "restart", "restart", null));
        return new(
            range.From.ToUnixTimeSeconds(), range.To.ToUnixTimeSeconds(), timeline.Times,
            [.. own.Select((panel, i) => other is null ? panel : panel with { Lines = [.. panel.Lines, .. other[i].Lines.Where(line => line.Key != "limit-compared")] })],
            gaps, [.. marks.Concat(restarts).OrderBy(mark => mark.From)], compared?.Label);
    }

    private static List<ChartPanel> Lines(IReadOnlyList<UsageBucket?> buckets, string suffix)
    {
        ChartLine Line(string key, string label, Func<UsageBucket, double?> value) =>
            new(key + suffix, suffix.Length == 0 ? label : label + ", compared", [.. buckets.Select(b => b is null ? null : value(b))]);
        ChartLine Counted(string key, string label, IReadOnlyList<double?> values) => new(key + suffix, suffix.Length == 0 ? label : label + ", compared", values);

        return
        [
            new("cpu", "CPU", ChartUnit.Percent, [Line("average", "average", b => b.CpuUsage), Line("maximum", "maximum", b => b.CpuMax)]),
            new("memory", "Memory", ChartUnit.Bytes,
                [Line("average", "average", b => b.MemoryUsage), Line("maximum", "maximum", b => b.MemoryMax), Line("limit", "limit", b => b.MemoryLimit)]),
            new("disk", "Disk", ChartUnit.Bytes, [Line("average", "used", b => b.DiskUsage)]),
            new("rate", "Traffic", ChartUnit.BytesPerSecond,
                [Counted("in", "in", Rate(buckets, b => b.NetworkIn)), Counted("out", "out", Rate(buckets, b => b.NetworkOut))]),
            new("total", "Traffic, total", ChartUnit.Bytes,
                [Counted("in", "in", Total(buckets, b => b.NetworkIn)), Counted("out", "out", Total(buckets, b => b.NetworkOut))]),
        ];
    }

    // Bytes count since the sample before, which after a gap is long ago.
    private static List<double?> Rate(IReadOnlyList<UsageBucket?> buckets, Func<UsageBucket, double?> bytes)
    {
        var step = Gaps.Step([.. buckets.OfType<UsageBucket>()], TimeSpan.FromSeconds(1));
        DateTimeOffset? before = null;
        return buckets.Select(b =>
        {
            if (b is null)
                return null;
            var seconds = (before is { } last && b.Timestamp - last > step ? b.Timestamp - last : step).TotalSeconds;
            before = b.Timestamp;
            return bytes(b) / seconds;
        }).ToList();
    }

    private static List<double?> Total(IReadOnlyList<UsageBucket?> buckets, Func<UsageBucket, double?> bytes)
    {
        var sum = 0d;
        return buckets.Select(b => b is null || bytes(b) is not { } moved ? (double?)null : sum += moved).ToList();
    }
}
