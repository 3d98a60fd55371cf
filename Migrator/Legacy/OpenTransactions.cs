using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// Transactions of others that have written to one side and have not ended: no snapshot shows what they will commit. Their locks
/// do, whoever asks: a table is locked from the first row that is written to it until the end.
/// </summary>
internal static class OpenTransactions
{
    // What cleans up, and TimescaleDB's policies ("Columnstore Policy [1001]"), bring no rows.
    private const string Writers =
        OriginalTable.Beneath +
        """
        SELECT DISTINCT coalesce('session ' || l.pid || coalesce(' of ' || a.usename, ''), 'a prepared transaction')
        FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.relation IN (SELECT oid FROM beneath) AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND l.pid IS DISTINCT FROM pg_backend_pid() AND coalesce(a.backend_type, '') !~ '(^autovacuum worker| Policy \[\d+\])$'
        ORDER BY 1
        """;

    // Tables that are filled from another server, whose transactions show no locks here.
    private const string Distant =
        OriginalTable.Beneath +
        """
        SELECT b.oid::regclass::text, s.srvname::text, NULL FROM beneath b JOIN pg_foreign_table t ON t.ftrelid = b.oid JOIN pg_foreign_server s ON s.oid = t.ftserver
        UNION SELECT b.oid::regclass::text, NULL, quote_ident(u.subname) FROM beneath b JOIN pg_subscription_rel r ON r.srrelid = b.oid
          JOIN pg_subscription u ON u.oid = r.srsubid WHERE u.subenabled
        ORDER BY 1
        """;

    /// <summary>What they have written to, and who they are, or why that cannot be seen; null for none.</summary>
    /// <param name="original">To the original.</param>
    /// <param name="database">The original.</param>
    /// <param name="writesStopped">Somebody has seen to it that nothing is written to servers behind foreign tables.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<string?> DescribeAsync(
        NpgsqlConnection original, OriginalDatabase database, bool writesStopped, CancellationToken cancellationToken)
    {
        if ((await DescribeUnseenAsync(original, database, cancellationToken)).FirstOrDefault(u => !(u.Foreign && writesStopped)).Why is { } unseen)
            return unseen;
        return await DescribeAsync(original, "original", database.Tables.Select(t => (t.Quoted, t.Display)), cancellationToken);
    }

    /// <summary>Likewise, of the target.</summary>
    public static Task<string?> DescribeOfTargetAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        DescribeAsync(target, "target", OriginalDatabase.RelationNames.Append("resource_usage").Select(name => ($"public.{name}", name)), cancellationToken);

    private static async Task<string?> DescribeAsync(
        NpgsqlConnection connection, string side, IEnumerable<(string Quoted, string Display)> tables, CancellationToken cancellationToken)
    {
        var open = new List<string>();
        foreach (var (quoted, display) in tables)
        {
            if (await connection.QueryAsync(Writers, r => r.GetString(0), cancellationToken, quoted) is { Count: > 0 } writers)
                open.Add($"{display} by {string.Join(", ", writers)}");
        }

        return open.Count == 0 ? null
            : $"Transactions that have written to the {side} are still open ({string.Join("; ", open)}): what they commit is in no snapshot yet. Let them end, or end them "
                + "(pg_terminate_backend; of prepared ones, pg_prepared_xacts has the names for ROLLBACK PREPARED)";
    }

    /// <summary>Why writers of the original cannot all be seen from here.</summary>
    public static async Task<IReadOnlyList<(bool Foreign, string Why)>> DescribeUnseenAsync(
        NpgsqlConnection original, OriginalDatabase database, CancellationToken cancellationToken)
    {
        var unseen = new List<(bool, string)>();
        if (await original.ScalarAsync<bool>("SELECT pg_is_in_recovery()", cancellationToken))
            unseen.Add((false, "The original is a hot standby, which lags behind its primary and does not show who has transactions open there. "
                + "Name the primary in ConnectionStrings__original"));
        foreach (var table in database.Tables)
        {
            unseen.AddRange(await original.QueryAsync(
                Distant,
                r => r.IsDBNull(1)
                    ? (false, $"{r.GetString(0)} is filled by the subscription {r.GetString(2)}, which lags behind its publisher. When nothing writes there any more and "
                        + $"all of it has arrived: ALTER SUBSCRIPTION {r.GetString(2)} DISABLE")
                    : (true, $"{r.GetString(0)} is a foreign table of server {r.GetString(1)}, and who has transactions open there cannot be seen from here. "
                        + "When nothing writes there any more, and none is open, add --writes-stopped to cutover"),
                cancellationToken, table.Quoted));
        }

        return unseen;
    }
}
