using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>Whether the extension, once installed, is one that our schema can stand on.</summary>
internal static class TimescaleEdition
{
    /// <summary>Why sessions take hypertables for common tables there, with the remedy; null where they do not.</summary>
    public static async Task<string?> AbsenceAsync(NpgsqlConnection database, CancellationToken cancellationToken) =>
        await database.ScalarAsync<bool>(
            "SELECT current_setting('timescaledb.license', true) IS NULL AND EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')", cancellationToken)
            ? $"sessions of {database.UserName} in database {database.Database} run without TimescaleDB. Name timescaledb in shared_preload_libraries of the server, restart it, "
                + "and RESET timescaledb.disable_load of the role and the database"
            : await database.ScalarAsync<string>("SELECT current_setting('timescaledb.restoring', true)", cancellationToken) is "on"
            ? $"timescaledb.restoring is on for {database.UserName} in database {database.Database}, as it is while a dump is restored. "
                + "If no restore runs there, in it, as a superuser: SELECT timescaledb_post_restore(), "
                + $"ALTER ROLE {OriginalTable.Quote(database.UserName ?? "")} RESET timescaledb.restoring and the same with IN DATABASE {OriginalTable.Quote(database.Database)} before RESET"
            : null;

    /// <summary>Why not, each with the remedy; empty when it is.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(NpgsqlConnection database, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        if (await database.ScalarAsync<string>("SELECT current_setting('timescaledb.license', true)", cancellationToken) is { } license and not "timescale")
            problems.Add(
                $"TimescaleDB runs under the {license} licence there (timescaledb.license): it has neither continuous aggregates nor a columnstore. "
                + "Use the Community edition (packages of Timescale, image timescale/timescaledb) with timescaledb.license = 'timescale' "
                + "in postgresql.conf, and restart the server. Hosters that offer the Apache edition only cannot be the target.");
        if (await database.ScalarAsync<string>(
            "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'",
            cancellationToken) is not "public" and var schema)
            problems.Add(
                $"TimescaleDB is installed in schema {schema} of the target; ours and its jobs look for it in public. It cannot be moved: "
                + "in a database without hypertables, DROP EXTENSION timescaledb, then CREATE EXTENSION timescaledb SCHEMA public in a new session.");
        return problems;
    }
}
