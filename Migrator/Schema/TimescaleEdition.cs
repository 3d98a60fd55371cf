using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>Whether the extension, once installed, is one that our schema can stand on.</summary>
internal static class TimescaleEdition
{
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
