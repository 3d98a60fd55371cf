namespace LaunchStack.Dashboard.Metrics;

/// <summary>Series as lines: gauges as they are, counters per second, histograms as percentiles.</summary>
internal static class ChartLines
{
    private static readonly double[] Percentiles = [0.5, 0.9, 0.99];

    public static IReadOnlyList<ChartLine> Of(IReadOnlyList<SeriesPoints> series, ulong from) =>
        [.. series.SelectMany(Of).Select(l => l with { Points = [.. l.Points.Where(p => p.Time * 1e9 >= from)] }).Where(l => l.Points.Count > 0)];

    private static IEnumerable<ChartLine> Of(SeriesPoints series)
    {
        var label = string.Join(", ", series.Attributes.Select(a => $"{a.Key}={a.Value}"));
        return series.Kind switch
        {
            InstrumentKind.Counter => [new(label, [.. Rates(series)])],
            InstrumentKind.Histogram => Percentiles.Select(p => new ChartLine($"p{p * 100:0} {label}".TrimEnd(), [.. OfPercentile(series, p)])),
            // The change of an up-down counter sent as differences has to be summed up to be a level.
            InstrumentKind.UpDownCounter when series.Delta => [new(label, [.. Levels(series)])],
            _ => [new(label, [.. series.Points.Select(p => (Seconds(p.Time), p.Value))])],
        };
    }

    private static double Seconds(ulong nanos) => nanos / 1e9;

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

    private static IEnumerable<(double, double)> OfPercentile(SeriesPoints series, double part)
    {
        HistogramCounts? before = null;
        foreach (var point in series.Points)
        {
            if (point.Histogram is not { } counts) continue;
            var added = series.Delta ? counts : counts.Since(before);
            before = counts;
            if (added.Percentile(part) is { } value) yield return (Seconds(point.Time), value);
        }
    }
}
