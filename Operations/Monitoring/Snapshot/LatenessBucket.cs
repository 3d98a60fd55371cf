namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Samples that came at most so long after their time, and longer than those of the bucket before.</summary>
/// <param name="UpToSeconds">Upper bound; null: none.</param>
/// <param name="Samples">How many.</param>
public sealed record LatenessBucket(double? UpToSeconds, long Samples);
