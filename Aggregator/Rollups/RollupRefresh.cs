namespace LaunchStack.Aggregator.Rollups;

/// <summary>What a refresh on request did.</summary>
/// <param name="Rollups">The rollups, finest first.</param>
/// <param name="UpTo">Buckets that end before this are materialized; later ones are aggregated while they are read.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record RollupRefresh(IReadOnlyList<string> Rollups, DateTimeOffset UpTo, double Seconds);
