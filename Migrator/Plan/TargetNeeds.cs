using System.Globalization;

namespace LaunchStack.Migrator.Plan;

/// <summary>What the samples' chunks ask of the target's server.</summary>
internal static class TargetNeeds
{
    // Counting or indexing all samples locks each chunk with its index, and the compressed chunk with its own, in one transaction.
    private const long LocksPerChunk = 5;

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    /// <summary>Why it will not do, each with the remedy.</summary>
    /// <param name="chunks">To be made.</param>
    /// <param name="bytes">Disk that is needed.</param>
    /// <param name="locks">Rows of the server's lock table.</param>
    /// <param name="freeBytes">Free disk; null when it cannot be seen.</param>
    public static IEnumerable<string> Problems(long chunks, long bytes, long locks, long? freeBytes)
    {
        if (freeBytes < bytes)
            yield return $"The target's disk has {Megabytes(freeBytes.Value)} free; about {Megabytes(bytes)} are needed. Make room first.";
        if (chunks * LocksPerChunk > locks)
            yield return
                $"{chunks} chunks need about {chunks * LocksPerChunk} locks at once; the target's lock table has room for {locks} "
                + "(max_locks_per_transaction * max_connections). "
                + $"Set max_locks_per_transaction = {Rounded(chunks * LocksPerChunk)} there and restart it, or choose longer chunks "
                + "(Lifecycle__ChunkInterval=7.00:00:00).";
    }

    // With the default of 100 connections, and half as much again for everybody else.
    private static long Rounded(long locks) => (locks * 3 / 2 / 100 / 64 + 1) * 64;
}
