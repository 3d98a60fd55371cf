namespace LaunchStack.Web.Charts;

/// <summary>Finds where samples are missing. The history leaves empty buckets out and does not say how wide they are: the buckets themselves tell.</summary>
internal static class Gaps
{
    // An agent sends what it kept as soon as it can; after that long it is silent.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(5);

    // As for metering: a pause of half a minute means nothing.
    private static readonly TimeSpan MinGap = TimeSpan.FromSeconds(30);

    /// <summary>The usual distance of two buckets: the lower median.</summary>
    public static TimeSpan Step(IReadOnlyList<UsageBucket> buckets, TimeSpan otherwise)
    {
        if (buckets.Count < 2)
            return otherwise;
        var steps = buckets.Zip(buckets.Skip(1), (a, b) => b.Timestamp - a.Timestamp).Order().ToList();
        return steps[(steps.Count - 1) / 2];
    }

    /// <summary>The spans without samples, in order of time.</summary>
    /// <param name="buckets">Oldest first.</param>
    /// <param name="range">What was asked for.</param>
    /// <param name="now">Nothing is missing after now.</param>
    public static IReadOnlyList<Gap> Find(IReadOnlyList<UsageBucket> buckets, ChartRange range, DateTimeOffset now)
    {
        var end = range.To < now ? range.To : now;
        if (buckets.Count == 0)
            return range.From < end ? [new(range.From, end, GapKind.Silent)] : [];

        var step = Step(buckets, MinGap);
        // Where buckets are wider than a minute each holds several samples, and one that is missing is a gap.
        var longest = step * (step >= TimeSpan.FromMinutes(1) ? 1.5 : 3);
        longest = longest > MinGap ? longest : MinGap;

        var gaps = new List<Gap>();
        if (buckets[0].Timestamp - range.From > longest)
            gaps.Add(new(range.From, buckets[0].Timestamp, GapKind.Before));
        for (var i = 1; i < buckets.Count; i++)
        {
            if (buckets[i].Timestamp - buckets[i - 1].Timestamp > longest)
                gaps.Add(new(buckets[i - 1].Timestamp + step, buckets[i].Timestamp, buckets[i].Restarts > 0 ? GapKind.Restart : GapKind.Silent));
        }
        var last = buckets[^1].Timestamp + step;
        if (end - buckets[^1].Timestamp > longest && last < end)
            gaps.Add(new(last, end, range.To >= now - OnItsWay && now - last <= OnItsWay ? GapKind.Pending : GapKind.Silent));
        return gaps;
    }

    /// <summary>What a gap is called.</summary>
    public static string Name(GapKind kind) => kind switch
    {
        GapKind.Restart => "restart",
        GapKind.Pending => "not yet received",
        GapKind.Before => "no samples",
        _ => "silent",
    };
}
