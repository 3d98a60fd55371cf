using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Triggers of the original that may change a row as it is written (moddatetime and the like) are off while rows go back, within the
/// transaction that writes them. Where the user may not switch them off they stay, and what they change is no difference.
/// </summary>
internal sealed class TriggerSuspension(NpgsqlConnection original, NpgsqlTransaction transaction)
{
    // Without that by which TimescaleDB keeps rows out of a hypertable's own heap. A table with children of the old kind leads rows to
    // them by a trigger, which stays.
    private const string Triggers =
        OriginalTable.Beneath +
        """
        SELECT c.oid::regclass::text, quote_ident(t.tgname), t.tgenabled = 'A', c.relkind <> 'r' OR NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid)
        FROM beneath JOIN pg_class c USING (oid) JOIN pg_trigger t ON t.tgrelid = c.oid
        WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND t.tgtype::int & 3 = 3 AND t.tgtype::int & 20 <> 0
          AND t.tgname <> 'ts_insert_blocker'
        ORDER BY 1, 2
        """;

    private readonly List<string> _restore = [];

    /// <summary>Triggers that may change a row of the table as it is written, on it or beneath it, each with what it is on.</summary>
    public static Task<List<(string On, string Name, bool IsAlways, bool MaySuspend)>> ListAsync(
        NpgsqlConnection original, OriginalTable table, CancellationToken cancellationToken) =>
        original.QueryAsync(Triggers, r => (r.GetString(0), r.GetString(1), r.GetBoolean(2), r.GetBoolean(3)), cancellationToken, table.Quoted);

    /// <summary>False when some are left that may change what is written.</summary>
    public async Task<bool> SuspendAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var isSuspended = true;
        foreach (var (on, name, isAlways, maySuspend) in await ListAsync(original, table, cancellationToken))
        {
            isSuspended &= maySuspend;
            if (!maySuspend)
                continue;
            await transaction.SaveAsync("trigger", cancellationToken);
            try
            {
                await original.ExecuteAsync($"ALTER TABLE {on} DISABLE TRIGGER {name}", cancellationToken);
                await transaction.ReleaseAsync("trigger", cancellationToken);
                _restore.Add($"ALTER TABLE {on} ENABLE {(isAlways ? "ALWAYS " : "")}TRIGGER {name}");
            }
            catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error) && !PostgresErrors.IsOutage(error) && !PostgresErrors.IsLostRace(error))
            {
                // Not its owner, not such a table, or an event trigger that forbids it, with an error of its own.
                await transaction.RollbackAsync("trigger", cancellationToken);
                isSuspended = false;
            }
        }

        return isSuspended;
    }

    /// <summary>Checks what is still to be checked, as a table that waits for that cannot be altered, and puts the triggers back.</summary>
    /// <exception cref="PostgresException">What was written is against a deferred constraint.</exception>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await original.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE", cancellationToken);
        foreach (var statement in _restore)
            await original.ExecuteAsync(statement, cancellationToken);
    }
}
