namespace LaunchStack.Web.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Key">Names its colour.</param>
/// <param name="Label">What it is.</param>
/// <param name="Values">A value a moment of the chart; null: none.</param>
public sealed record ChartLine(string Key, string Label, IReadOnlyList<double?> Values);
