namespace LaunchStack.Ingest.Bench;

/// <summary>What a load of requests came to.</summary>
internal sealed record LoadResult(TimeSpan Elapsed, long Accepted, long Duplicates, double P50Milliseconds, double P99Milliseconds);
