namespace LaunchStack.Web.Charts;

/// <summary>All charts of an instance over a range: what the page, the script and the picture draw.</summary>
/// <param name="From">Start, in seconds since 1970.</param>
/// <param name="To">End.</param>
/// <param name="Times">The moments of every line.</param>
/// <param name="Panels">The charts.</param>
/// <param name="Gaps">Spans without samples.</param>
/// <param name="Marks">Alerts and restarts.</param>
/// <param name="ComparedWith">What the dashed lines are; null: nothing is compared.</param>
public sealed record UsageChart(
    long From, long To, IReadOnlyList<double> Times, IReadOnlyList<ChartPanel> Panels, IReadOnlyList<Gap> Gaps, IReadOnlyList<ChartMark> Marks, string? ComparedWith);
