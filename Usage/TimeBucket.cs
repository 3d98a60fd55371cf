namespace LaunchStack.Usage;

/// <summary>Buckets of one width. They start at Monday 2000-01-03 UTC, like those of <c>time_bucket</c>.</summary>
public static class TimeBucket
{
    /// <summary>Where the first bucket of every width starts.</summary>
    public static readonly DateTimeOffset First = new(2000, 1, 3, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The end of what can be asked for.</summary>
    public static readonly DateTimeOffset Last = new(2500, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Each width from 5 minutes on is a multiple of the rollup it is read from, and starts where that one's buckets start.
    private static readonly TimeSpan[] Widths =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(n => TimeSpan.FromSeconds(n)),
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(n => TimeSpan.FromMinutes(n)),
        .. new[] { 1, 2, 3, 4, 6, 8, 12 }.Select(n => TimeSpan.FromHours(n)),
        .. new[] { 1, 2, 7, 14, 28 }.Select(n => TimeSpan.FromDays(n)),
    ];

    /// <summary>Start of the bucket that holds <paramref name="time"/>.</summary>
    public static DateTimeOffset Floor(DateTimeOffset time, TimeSpan width) =>
        new(First.UtcTicks + Floor(time.UtcTicks - First.UtcTicks, width.Ticks), TimeSpan.Zero);

    /// <summary>The greatest multiple of <paramref name="width"/> that is not above <paramref name="value"/>.</summary>
    public static long Floor(long value, long width)
    {
        var rest = value % width;
        return value - (rest < 0 ? rest + width : rest);
    }

    /// <summary><paramref name="time"/> itself where a bucket starts, else the start of the next.</summary>
    public static DateTimeOffset Ceiling(DateTimeOffset time, TimeSpan width)
    {
        var floor = Floor(time, width);
        return floor == time ? floor : floor + width;
    }

    /// <summary>The narrowest width, no narrower than <paramref name="finest"/>, that covers the range in <paramref name="points"/>.</summary>
    public static TimeSpan Width(DateTimeOffset from, DateTimeOffset to, int points, TimeSpan finest)
    {
        foreach (var width in Widths)
        {
            if (width >= finest && Count(from, to, width) <= points)
                return width;
        }
        var wide = Widths[^1];
        while (Count(from, to, wide) > points)
            wide *= 2;
        return wide;
    }

    private static long Count(DateTimeOffset from, DateTimeOffset to, TimeSpan width) =>
        (Ceiling(to, width) - Floor(from, width)).Ticks / width.Ticks;
}
