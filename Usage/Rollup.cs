namespace LaunchStack.Usage;

/// <summary>A continuous aggregate and all that is set of it. Its statement stands in a <c>-rollups</c> script of the migrator's schema.</summary>
/// <param name="Name">Name of the view.</param>
/// <param name="Setting">What its configuration keys begin with.</param>
/// <param name="Bucket">Length of a bucket.</param>
/// <param name="Chunk">Time that one of its chunks spans, as its script says: whole buckets of the next level.</param>
/// <param name="Retention">Age at which it is dropped, once the next level has it, unless <see cref="RetentionKey"/> says otherwise; null for the last level, which is kept.</param>
/// <param name="Step">
/// Time refreshed by one statement: some seconds of work at most with a thousand instances, since it holds the only session of the
/// embedded database.
/// </param>
/// <param name="BulkSamples">About how many samples one statement rolls up after a bulk copy.</param>
public sealed record Rollup(string Name, string Setting, TimeSpan Bucket, TimeSpan Chunk, TimeSpan? Retention, TimeSpan Step, long BulkSamples)
{
    /// <summary>The chain, finest first: each is made of the one before it, the first of the samples.</summary>
    public static IReadOnlyList<Rollup> All { get; } = Chain(
        new("resource_usage_5m", "FiveMinute", Bucket: TimeSpan.FromMinutes(5), Chunk: TimeSpan.FromDays(10), Retention: TimeSpan.FromDays(180), Step: TimeSpan.FromHours(3), BulkSamples: 300_000),
        new("resource_usage_hourly", "Hourly", Bucket: TimeSpan.FromHours(1), Chunk: TimeSpan.FromDays(60), Retention: TimeSpan.FromDays(730), Step: TimeSpan.FromDays(2), BulkSamples: 300_000),
        new("resource_usage_daily", "Daily", Bucket: TimeSpan.FromDays(1), Chunk: TimeSpan.FromDays(360), Retention: null, Step: TimeSpan.FromDays(30), BulkSamples: 10_000_000));

    /// <summary>The rollup it is made of; null for the samples.</summary>
    public Rollup? Finer { get; private init; }

    /// <summary>The relation it is made of; how far that has been dropped bounds a refresh.</summary>
    public string Source => Finer?.Name ?? "resource_usage";

    /// <summary>Configuration key of how far back it follows its source.</summary>
    public string RefreshKey => $"Lifecycle:{Setting}RefreshWindow";

    /// <summary>Configuration key of <see cref="Retention"/>.</summary>
    public string RetentionKey => $"Lifecycle:{Setting}Retention";

    private static Rollup[] Chain(params Rollup[] levels)
    {
        for (var level = 1; level < levels.Length; level++)
            levels[level] = levels[level] with { Finer = levels[level - 1] };
        return levels;
    }
}
