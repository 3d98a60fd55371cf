using System.Text.Json.Serialization;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A hypertable, or the hypertable behind a rollup. Rows and bytes are those that the server keeps for itself: close, never counted.</summary>
/// <param name="Name">Name of the hypertable or the rollup.</param>
/// <param name="Kind"><c>hypertable</c> or <c>rollup</c>.</param>
/// <param name="Storage">The hypertable's qualified name.</param>
/// <param name="Rows">Rows, compressed ones too.</param>
/// <param name="TableBytes">Without indexes and TOAST.</param>
/// <param name="IndexBytes">Indexes.</param>
/// <param name="ToastBytes">TOAST: most of what is compressed.</param>
/// <param name="Chunks">Chunks.</param>
/// <param name="CompressedChunks">Those of them in columns.</param>
/// <param name="CompressedRows">Rows in them when they were compressed.</param>
/// <param name="BeforeCompressionBytes">What they had before.</param>
/// <param name="AfterCompressionBytes">What they had after.</param>
/// <param name="Oldest">Start of the oldest chunk.</param>
/// <param name="Newest">End of the newest chunk.</param>
/// <param name="ChunkIntervalSeconds">Span of new chunks.</param>
/// <param name="CompressAfterSeconds">Age of compression; null without a policy.</param>
/// <param name="DropAfterSeconds">Retention; null without one.</param>
public sealed record RelationState(
    string Name, string Kind, [property: JsonIgnore] string Storage, long? Rows, long? TableBytes, long? IndexBytes, long? ToastBytes,
    long Chunks, long CompressedChunks, long CompressedRows, long BeforeCompressionBytes, long AfterCompressionBytes,
    DateTimeOffset? Oldest, DateTimeOffset? Newest, double? ChunkIntervalSeconds, double? CompressAfterSeconds, double? DropAfterSeconds)
{
    /// <summary>All of it.</summary>
    public long? TotalBytes => TableBytes + IndexBytes + ToastBytes;
}
