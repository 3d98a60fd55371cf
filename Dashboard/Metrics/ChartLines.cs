namespace LaunchStack.Dashboard.Metrics;

/// <summary>Series as lines: gauges as they are, counters per second, histograms as percentiles.</summary>
internal static class ChartLines
{
    private static readonly double[] Percentiles = [0.5, 0.9, 0.99];

    /// <param name="series">The series of one instrument.</param>
    /// <param name="from">Unix nanoseconds; earlier points only serve to make rates.</param>
    /// <param name="together">Counters of several series are added up, and their histograms merged, into one line each; gauges never are.</param>
    public static IReadOnlyList<ChartLine> Of(IReadOnlyList<SeriesPoints> series, ulong from, bool together)
    {
        IEnumerable<ChartLine> lines = !together || series.Count < 2 || series[0].Kind == InstrumentKind.Gauge
            ? series.SelectMany(s => s.Kind == InstrumentKind.Histogram ? OfHistograms([s], Label(s)) : [new(Label(s), [.. Values(s)])])
            : series[0].Kind == InstrumentKind.Histogram ? OfHistograms(series, "")
            : [new("all together", [.. Sums(series)])];
        return [.. lines.Select(l => l with { Points = [.. l.Points.Where(p => p.Time * 1e9 >= from)] }).Where(l => l.Points.Count > 0)];
    }

    private static string Label(SeriesPoints series) => string.Join(", ", series.Attributes.Select(a => $"{a.Key}={a.Value}"));

    private static double Seconds(ulong nanos) => nanos / 1e9;

    // Series of one export bear one time, give or take.
    private static double Moment(double time) => Math.Round(time);

    private static IEnumerable<(double Time, double Value)> Values(SeriesPoints series) => series.Kind switch
    {
        InstrumentKind.Counter => Rates(series),
        // The change of an up-down counter sent as differences has to be summed up to be a level.
        InstrumentKind.UpDownCounter when series.Delta => Levels(series),
        _ => series.Points.Select(p => (Seconds(p.Time), p.Value)),
    };

    private static IEnumerable<(double, double)> Sums(IReadOnlyList<SeriesPoints> series) => series
        .SelectMany(s => Values(s).GroupBy(p => Moment(p.Time)).Select(g => (Time: g.Key, g.Last().Value)))
        .GroupBy(p => p.Time).OrderBy(g => g.Key).Select(g => (g.Key, g.Sum(p => p.Value)));

    private static IEnumerable<(double, double)> Levels(SeriesPoints series)
    {
        var level = 0d;
        foreach (var point in series.Points) yield return (Seconds(point.Time), level += point.Value);
    }

    private static IEnumerable<(double, double)> Rates(SeriesPoints series)
    {
        for (var i = 0; i < series.Points.Length; i++)
        {
            var point = series.Points[i];
            if (series.Delta)
            {
                if (point.Time > point.Start) yield return (Seconds(point.Time), point.Value / Seconds(point.Time - point.Start));
                continue;
            }

            if (i == 0) continue;
            var before = series.Points[i - 1];
            if (point.Time <= before.Time) continue;
            // A counter that fell was started anew: what it has now is what was added.
            var added = point.Value >= before.Value ? point.Value - before.Value : point.Value;
            yield return (Seconds(point.Time), added / Seconds(point.Time - before.Time));
        }
    }

    private static IEnumerable<ChartLine> OfHistograms(IReadOnlyList<SeriesPoints> series, string label)
    {
        var added = series.SelectMany(Added).GroupBy(p => series.Count > 1 ? Moment(p.Time) : p.Time).OrderBy(g => g.Key)
            .Select(g => (Time: g.Key, Counts: g.Select(p => p.Counts).Aggregate((a, b) => a.Plus(b)))).ToArray();
        return Percentiles.Select(p => new ChartLine(
            $"p{p * 100:0} {label}".TrimEnd(), [.. added.Select(a => (a.Time, Value: a.Counts.Percentile(p))).Where(a => a.Value is not null).Select(a => (a.Time, a.Value!.Value))]));
    }

    private static IEnumerable<(double Time, HistogramCounts Counts)> Added(SeriesPoints series)
    {
        HistogramCounts? before = null;
        foreach (var point in series.Points)
        {
            if (point.Histogram is not { } counts) continue;
            yield return (Seconds(point.Time), series.Delta ? counts : counts.Since(before));
            before = counts;
        }
    }
}
