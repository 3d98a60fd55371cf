namespace LaunchStack.Usage.History;

/// <summary>A row of <see cref="HistorySql.Relations"/>: where a relation has been dropped, how far one is materialized, or where it is stale.</summary>
internal readonly record struct RollupRow(string Relation, string? Table, DateTimeOffset? From, DateTimeOffset To);
