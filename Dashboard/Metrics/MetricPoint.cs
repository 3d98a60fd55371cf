namespace LaunchStack.Dashboard.Metrics;

/// <summary>One point. A histogram's value is its sum; its counts and bounds come with it.</summary>
internal readonly record struct MetricPoint(ulong Start, ulong Time, double Value, HistogramCounts? Histogram = null);
