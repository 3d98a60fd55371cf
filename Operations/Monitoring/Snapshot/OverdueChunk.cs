namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A chunk that is older than its policy's age and a run of it, and still in rows.</summary>
/// <param name="Chunk">Qualified name.</param>
/// <param name="Relation">Its hypertable or rollup.</param>
/// <param name="From">Start.</param>
/// <param name="To">End.</param>
/// <param name="OverdueSeconds">Since when it should have been compressed.</param>
public sealed record OverdueChunk(string Chunk, string Relation, DateTimeOffset From, DateTimeOffset To, double OverdueSeconds);
