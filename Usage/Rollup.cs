namespace LaunchStack.Usage;

/// <summary>A continuous aggregate.</summary>
/// <param name="Name">Name of the view.</param>
/// <param name="Source">What it is made of; how far that has been dropped bounds a refresh.</param>
/// <param name="Bucket">Length of a bucket.</param>
/// <param name="Step">
/// Time refreshed by one statement: some seconds of work at most with a thousand instances, since it holds the only session of the
/// embedded database.
/// </param>
public sealed record Rollup(string Name, string Source, TimeSpan Bucket, TimeSpan Step)
{
    /// <summary>Finest first: each is made of the one before it.</summary>
    public static IReadOnlyList<Rollup> All { get; } =
    [
        new("resource_usage_5m", "resource_usage", TimeSpan.FromMinutes(5), TimeSpan.FromHours(3)),
        new("resource_usage_hourly", "resource_usage_5m", TimeSpan.FromHours(1), TimeSpan.FromDays(2)),
        new("resource_usage_daily", "resource_usage_hourly", TimeSpan.FromDays(1), TimeSpan.FromDays(30)),
    ];
}
