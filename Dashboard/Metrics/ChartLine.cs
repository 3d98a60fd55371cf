namespace LaunchStack.Dashboard.Metrics;

/// <summary>A line of a chart: Unix seconds and values, earliest first.</summary>
public sealed record ChartLine(string Label, IReadOnlyList<(double Time, double Value)> Points);
