namespace LaunchStack.Usage;

/// <summary>A stretch of time, [<paramref name="From"/>, <paramref name="To"/>).</summary>
public readonly record struct TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Holds no time.</summary>
    public bool IsEmpty => From >= To;

    /// <summary>Joins windows that touch or overlap; in order of time.</summary>
    public static IReadOnlyList<TimeWindow> Merge(IEnumerable<TimeWindow> windows)
    {
        var merged = new List<TimeWindow>();
        foreach (var window in windows.Where(w => !w.IsEmpty).OrderBy(w => w.From))
        {
            if (merged.Count > 0 && window.From <= merged[^1].To)
                merged[^1] = merged[^1] with { To = Max(merged[^1].To, window.To) };
            else
                merged.Add(window);
        }
        return merged;
    }

    /// <summary>As <see cref="Merge(IEnumerable{TimeWindow})"/>, and joins those nearest to each other until no more than <paramref name="most"/> are left.</summary>
    public static IReadOnlyList<TimeWindow> Merge(IEnumerable<TimeWindow> windows, int most)
    {
        var merged = Merge(windows).ToList();
        if (merged.Count <= most)
            return merged;
        var widest = Enumerable.Range(1, merged.Count - 1).OrderByDescending(i => merged[i].From - merged[i - 1].To).Take(most - 1).Order();
        var joined = new List<TimeWindow>(most);
        var start = 0;
        foreach (var next in widest.Append(merged.Count))
        {
            joined.Add(new(merged[start].From, merged[next - 1].To));
            start = next;
        }
        return joined;
    }

    /// <summary>The whole buckets that this touches.</summary>
    public TimeWindow Widen(TimeSpan bucket) => new(TimeBucket.Floor(From, bucket), TimeBucket.Floor(To - TimeSpan.FromTicks(1), bucket) + bucket);

    /// <summary>The part of it within both bounds; may be empty.</summary>
    public TimeWindow Clip(DateTimeOffset? from, DateTimeOffset to) => new(from is { } start ? Max(From, start) : From, To < to ? To : to);

    /// <summary>Cuts it at multiples of <paramref name="step"/>.</summary>
    public IEnumerable<TimeWindow> Split(TimeSpan step)
    {
        for (var start = From; start < To;)
        {
            var end = TimeBucket.Floor(start, step) + step;
            if (end > To)
                end = To;
            yield return new(start, end);
            start = end;
        }
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
