namespace LaunchStack.Aggregator.Rollups;

/// <summary>How far a rollup stands.</summary>
/// <param name="Watermark">Up to here rows are materialized; what is later is aggregated while it is read. Null: nothing is.</param>
/// <param name="SourceFrom">Older rows of its source have been dropped: the rollup is their only copy and must not be refreshed there.</param>
/// <param name="Earliest">Before this there is nothing to roll up: neither a raw sample nor a chunk of its source. Null: there is nothing at all.</param>
internal sealed record RollupState(DateTimeOffset? Watermark, DateTimeOffset? SourceFrom, DateTimeOffset? Earliest);
