namespace LaunchStack.Web.Charts;

/// <summary>A span without samples.</summary>
/// <param name="From">When the last sample before it had had its time.</param>
/// <param name="To">The next sample, or the end of the range.</param>
/// <param name="Kind">Why, as far as it can be told.</param>
public sealed record Gap(DateTimeOffset From, DateTimeOffset To, GapKind Kind);
