using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Alarms about disk and chunks.</summary>
internal static class StorageRules
{
    // Compression, a backup and a refresh all need room to work.
    private const double MinFree = 0.10;

    // Long enough to order a disk or to shorten retention over a weekend.
    private static readonly TimeSpan WeekAhead = TimeSpan.FromDays(7);

    // Of a burst: time to stop it.
    private static readonly TimeSpan HourAhead = TimeSpan.FromHours(1);

    // TimescaleDB's own advice: what is written to right now, with its indexes, in a quarter of the memory.
    private const double MaxShare = 0.25;

    public static IReadOnlyList<AlarmRule> All { get; } =
    [
        new("disk-nearly-full", TimeSpan.Zero, Disk),
        new("chunk-uncompressed", TimeSpan.Zero, snapshot => snapshot.OverdueChunks.Select(chunk => new Finding(
            chunk.Chunk, $"Chunk {chunk.Chunk} of {chunk.Relation} ({chunk.From:u} to {chunk.To:u}) should have been compressed {Text.Span(chunk.OverdueSeconds)} ago."))),
        new("open-chunk-index", TimeSpan.FromSeconds(20), OpenChunks),
    ];

    private static IEnumerable<Finding> Disk(DatabaseSnapshot snapshot)
    {
        if (snapshot.Disk is not { } disk)
            yield break;
        if (disk.FreeBytes < disk.TotalBytes * MinFree)
            yield return new("", $"{Text.Bytes(disk.FreeBytes)} of {Text.Bytes(disk.TotalBytes)} are free, less than {MinFree:P0}.");
        else if (disk.SecondsUntilFull < HourAhead.TotalSeconds)
            yield return new("", $"The disk is full in {Text.Span(disk.SecondsUntilFull)} if it goes on as in the last minutes; {Text.Bytes(disk.FreeBytes)} are free.");
        else if (disk.DaysUntilFull < WeekAhead.TotalDays)
            yield return new("", $"The disk is full in {disk.DaysUntilFull:0.#} days at the measured {Text.Bytes(disk.BytesPerDay ?? 0)} a day; {Text.Bytes(disk.FreeBytes)} are free.");
    }

    private static IEnumerable<Finding> OpenChunks(DatabaseSnapshot snapshot)
    {
        if (snapshot is { OpenChunks: { } open, Server: { } server } && open.IndexBytes > server.MemoryBytes * MaxShare)
            yield return new("", $"The indexes of the open chunks have {Text.Bytes(open.IndexBytes)}, more than a quarter of {Text.Bytes(server.MemoryBytes)} of memory (shared_buffers: {Text.Bytes(server.SharedBuffersBytes)}).");
    }
}
