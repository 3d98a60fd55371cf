namespace LaunchStack.Web.Charts;

/// <summary>Something that happened.</summary>
/// <param name="From">When.</param>
/// <param name="To">Until when; null: a moment.</param>
/// <param name="Label">What.</param>
/// <param name="Kind"><c>restart</c>, or an alert's severity.</param>
/// <param name="Panel">The chart that it belongs to; null: all of them.</param>
public sealed record ChartMark(DateTimeOffset From, DateTimeOffset? To, string Label, string Kind, string? Panel);
