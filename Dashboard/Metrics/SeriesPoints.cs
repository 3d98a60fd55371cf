namespace LaunchStack.Dashboard.Metrics;

/// <summary>A copy of one series, for drawing.</summary>
internal sealed record SeriesPoints(KeyValuePair<string, string>[] Attributes, InstrumentKind Kind, bool Delta, MetricPoint[] Points);
