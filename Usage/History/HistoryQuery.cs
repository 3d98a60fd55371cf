namespace LaunchStack.Usage.History;

/// <summary>A history: samples in [<paramref name="From"/>, <paramref name="To"/>) in at most <paramref name="Points"/> buckets.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="From">Start, inclusive.</param>
/// <param name="To">End, exclusive.</param>
/// <param name="Points">Most buckets of the answer; at least 1.</param>
public sealed record HistoryQuery(Guid InstanceId, DateTimeOffset From, DateTimeOffset To, int Points)
{
    /// <summary>
    /// Samples that an answer looks at one by one: 2,000 buckets of one every 5 seconds. Of more, each takes a microsecond from everybody
    /// else, so the buckets are a rollup's.
    /// </summary>
    internal int MaxSamples { get; init; } = 100_000;
}
