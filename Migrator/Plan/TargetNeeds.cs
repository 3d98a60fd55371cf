using System.Globalization;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>What the samples' chunks ask of the target's server while they are moved.</summary>
/// <param name="Chunks">To be made.</param>
/// <param name="Bytes">Disk.</param>
internal sealed record TargetNeeds(int Chunks, long Bytes)
{
    // Seen with 2 M samples on TimescaleDB 2.23: about 15 bytes a sample in columns, 170 with the unique index as rows.
    private const long ColumnarBytes = 15;
    private const long RowBytes = 170;

    // Counting or indexing all samples locks each chunk with its index, and the compressed chunk with its own, in one transaction.
    private const long LocksPerChunk = 5;

    /// <param name="windows">Where the original's samples lie in time.</param>
    /// <param name="chunk">Time that a chunk of the target spans.</param>
    /// <param name="rows">Samples to be moved.</param>
    /// <param name="columnar">Those of them that end up in columns.</param>
    public static TargetNeeds Of(IReadOnlyList<SourceWindow> windows, TimeSpan chunk, long rows, long columnar)
    {
        var chunks = windows.Where(w => !w.IsOutside).Select(w => SourceScan.ChunkStart(w.Start, chunk)).Distinct().Count();
        // Up to two chunks stand as rows before they are turned into columns.
        return new(chunks, (columnar * ColumnarBytes) + ((rows - columnar + (2 * rows / Math.Max(1, chunks))) * RowBytes));
    }

    /// <summary>Rows of the server's lock table, for all sessions together.</summary>
    public static Task<long> LocksAsync(NpgsqlConnection target, CancellationToken cancellationToken) => target.ScalarAsync<long>(
        """
        SELECT current_setting('max_locks_per_transaction')::int8 * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8)
        """, cancellationToken);

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    /// <summary>Why it will not do, each with the remedy.</summary>
    /// <param name="locks">Rows of the server's lock table.</param>
    /// <param name="freeBytes">Free disk; null when it cannot be seen.</param>
    public IEnumerable<string> Problems(long locks, long? freeBytes)
    {
        if (freeBytes < Bytes)
            yield return $"The target's disk has {Megabytes(freeBytes.Value)} free; about {Megabytes(Bytes)} are needed. Make room first.";
        if (Chunks * LocksPerChunk > locks)
            yield return
                $"{Chunks} chunks need about {Chunks * LocksPerChunk} locks at once; the target's lock table has room for {locks} "
                + "(max_locks_per_transaction * max_connections). "
                + $"Set max_locks_per_transaction = {Rounded(Chunks * LocksPerChunk)} there and restart it, or choose longer chunks "
                + "(Lifecycle__ChunkInterval=7.00:00:00).";
    }

    // With the default of 100 connections, and half as much again for everybody else.
    private static long Rounded(long locks) => (locks * 3 / 2 / 100 / 64 + 1) * 64;
}
