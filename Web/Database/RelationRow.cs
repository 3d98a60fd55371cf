namespace LaunchStack.Web.Database;

/// <summary>A hypertable or a rollup.</summary>
public sealed record RelationRow(
    string Name, string Kind, long? Rows, double? TotalBytes, long Chunks, long CompressedChunks, double BeforeCompressionBytes, double AfterCompressionBytes,
    DateTimeOffset? Oldest, DateTimeOffset? Newest, double? ChunkIntervalSeconds, double? CompressAfterSeconds, double? DropAfterSeconds)
{
    /// <summary>The spans from the oldest chunk to the newest: what is compressed, what is open, and what retention drops within a chunk's span. Parts of 1.</summary>
    public (double Dropped, double Compressed, double Open) Timeline(DateTimeOffset now)
    {
        if (Oldest is not { } first || Newest is not { } last || last <= first)
            return (0, 0, 1);
        double Part(DateTimeOffset until) => Math.Clamp((until - first) / (last - first), 0, 1);
        var dropped = DropAfterSeconds is { } drop ? Part(now.AddSeconds(-drop + (ChunkIntervalSeconds ?? 0))) : 0;
        var compressed = Math.Max(dropped, CompressAfterSeconds is { } compress && CompressedChunks > 0 ? Part(now.AddSeconds(-compress)) : dropped);
        return (dropped, compressed - dropped, 1 - compressed);
    }
}
