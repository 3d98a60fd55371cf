using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// Transactions of others that have written to the original and have not ended: no snapshot shows what they will commit. Their locks
/// do, whoever asks: a table is locked from the first row that is written to it until the end.
/// </summary>
internal static class OpenTransactions
{
    private const string Writers =
        OriginalTable.Beneath +
        """
        SELECT DISTINCT coalesce('session ' || l.pid || coalesce(' of ' || a.usename, ''), 'a prepared transaction')
        FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.relation IN (SELECT oid FROM beneath) AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND l.pid IS DISTINCT FROM pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
        ORDER BY 1
        """;

    /// <summary>What they have written to, and who they are; null for none.</summary>
    public static async Task<string?> DescribeAsync(NpgsqlConnection original, OriginalDatabase database, CancellationToken cancellationToken)
    {
        var open = new List<string>();
        foreach (var table in database.Relations.Append(database.Samples))
        {
            if (await original.QueryAsync(Writers, r => r.GetString(0), cancellationToken, table.Quoted) is { Count: > 0 } writers)
                open.Add($"{table.Display} by {string.Join(", ", writers)}");
        }

        return open.Count == 0 ? null
            : $"Transactions that have written to the original are still open ({string.Join("; ", open)}): what they commit is in no snapshot yet. Let them end, or end them "
                + "(pg_terminate_backend; of prepared ones, pg_prepared_xacts has the names for ROLLBACK PREPARED)";
    }
}
