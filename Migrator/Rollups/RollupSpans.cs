namespace LaunchStack.Migrator.Rollups;

/// <summary>Cuts what a rollup lacks into spans of about equal work, so that a year of few samples does not cost a year of statements.</summary>
internal static class RollupSpans
{
    /// <summary>Newest first. Spans begin and end on whole units and do not overlap.</summary>
    /// <param name="windows">Times that hold rows, with how many, in any order.</param>
    /// <param name="unit">Shortest span: whole buckets of the rollup.</param>
    /// <param name="rows">A span is cut before the unit that would take it above this.</param>
    /// <param name="longest">Longest span: a statement locks every chunk in it.</param>
    public static IEnumerable<(DateTime Start, DateTime End)> Cut(
        IEnumerable<(DateTime Start, DateTime End, long Rows)> windows, TimeSpan unit, long rows, TimeSpan longest)
    {
        var units = new SortedDictionary<DateTime, double>(Comparer<DateTime>.Create((a, b) => b.CompareTo(a)));
        foreach (var window in windows)
        {
            var first = Floor(window.Start, unit);
            var count = (long)Math.Ceiling((window.End - first) / unit);
            for (var at = first; at < window.End; at += unit)
                units[at] = units.GetValueOrDefault(at) + ((double)window.Rows / count);
        }

        (DateTime Start, DateTime End, double Rows)? open = null;
        foreach (var (at, held) in units)
        {
            if (open is { } span && span.Rows + held <= rows && span.End - at <= longest)
            {
                open = (at, span.End, span.Rows + held);
                continue;
            }

            if (open is { } cut)
                yield return (cut.Start, cut.End);
            open = (at, at + unit, held);
        }

        if (open is { } last)
            yield return (last.Start, last.End);
    }

    private static DateTime Floor(DateTime time, TimeSpan unit) => time.AddTicks(-(time.Ticks % unit.Ticks));
}
