using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>What would keep a verb from writing to the target, however far it has come; each with the remedy.</summary>
internal static class TargetWrites
{
    /// <summary>Why sessions may only read there; null where they may write.</summary>
    // A session of ours may be read-only by itself; what the next one will be stands in reset_val.
    public static async Task<string?> ReadOnlyProblemAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await target.ScalarAsync<bool>("SELECT pg_is_in_recovery()", cancellationToken)
            ? "The target is read-only: it is a standby. Name its primary in ConnectionStrings__launchstack."
            : await target.ScalarAsync<bool>("SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'", cancellationToken)
            ? $"The target is read-only: default_transaction_read_only is on there. {DatabaseConnection.WritableRemedy(target)}"
            : null;

    /// <summary>What publishes tables that the move makes: none of them can be a hypertable then, and of its chunks nothing can be changed or deleted.</summary>
    public static async Task<string?> PublicationProblemAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var publications = await target.QueryAsync(
            """
            SELECT pubname::text FROM pg_publication p WHERE puballtables OR EXISTS (
              SELECT FROM pg_publication_namespace JOIN pg_namespace n ON n.oid = pnnspid WHERE pnpubid = p.oid AND nspname IN ('public', '_timescaledb_internal'))
            ORDER BY 1
            """, r => OriginalTable.Quote(r.GetString(0)), cancellationToken);
        return publications.Count == 0 ? null
            : $"Publication {string.Join(", ", publications)} of the target sends all tables, also those that the move makes: TimescaleDB makes no hypertable so, nor can rows of its chunks be "
                + $"changed or deleted. There: DROP PUBLICATION {string.Join(", ", publications)}; after the cutover, if it is needed, make it anew FOR TABLE, of those that it is to send.";
    }
}
