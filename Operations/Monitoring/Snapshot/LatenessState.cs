namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>How long after their own time samples came, of those that this service has seen come in.</summary>
/// <param name="Samples">How many.</param>
/// <param name="P50Seconds">Half came no later than this. Each quantile is the upper bound of its bucket.</param>
/// <param name="P99Seconds">99 of 100 came no later.</param>
/// <param name="P9999Seconds">9,999 of 10,000 came no later.</param>
/// <param name="MaxSeconds">The latest.</param>
/// <param name="RecentSamples">Samples of the last five minutes.</param>
/// <param name="RecentLateSamples">Those of them that came more than five minutes after their time.</param>
/// <param name="Buckets">Samples by upper bound in seconds; the last has none.</param>
public sealed record LatenessState(
    long Samples, double P50Seconds, double P99Seconds, double P9999Seconds, double MaxSeconds, long RecentSamples, long RecentLateSamples,
    IReadOnlyList<LatenessBucket> Buckets);
