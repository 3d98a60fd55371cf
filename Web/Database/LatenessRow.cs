namespace LaunchStack.Web.Database;

/// <summary>How long after their own time samples came.</summary>
internal sealed record LatenessRow(long Samples, double P50Seconds, double P99Seconds, double P9999Seconds, double MaxSeconds);
