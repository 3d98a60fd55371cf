namespace LaunchStack.Web.Charts;

/// <summary>Another history to draw beside the first.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Buckets">Oldest first.</param>
/// <param name="Shift">Added to its times, so that it lies over the range.</param>
internal sealed record Compared(string Label, IReadOnlyList<UsageBucket> Buckets, TimeSpan Shift);
