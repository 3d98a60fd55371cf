using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>Looks at the target without changing it.</summary>
internal static class TargetInspection
{
    private static readonly Version OldestTimescale = new(2, 19);
    private const int OldestPostgres = 15;

    public static async Task<PlannedTarget> RunAsync(
        NpgsqlConnection target, OriginalDatabase? original, List<string> problems, CancellationToken cancellationToken)
    {
        var timescale = await target.ScalarAsync<string>(
            "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'timescaledb'", cancellationToken);
        if (target.PostgreSqlVersion.Major < OldestPostgres)
            problems.Add($"The target runs PostgreSQL {target.PostgreSqlVersion}; {OldestPostgres} or later is needed.");
        if (timescale is null)
            problems.Add("The target's server has no TimescaleDB. Install it there, add it to shared_preload_libraries and restart the server.");
        else if (Version.TryParse(timescale.Split('-')[0], out var version) && version < OldestTimescale)
            problems.Add($"The target has TimescaleDB {timescale}; {OldestTimescale} or later is needed. Update it: ALTER EXTENSION timescaledb UPDATE.");
        if (!await target.ScalarAsync<bool>(
            "SELECT has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE')", cancellationToken))
            problems.Add($"User {target.UserName} may not create tables in the target. Make it the owner of database {target.Database}.");

        // Ours is read-only by itself; what the next session will be stands in reset_val.
        if (await target.ScalarAsync<bool>("SELECT pg_is_in_recovery() OR reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'", cancellationToken))
            problems.Add($"The target is read-only: a standby, or default_transaction_read_only is on for {target.UserName} there. Name a database that can be written to.");

        var state = await StateAsync(target, original, problems, cancellationToken);
        return new(target.PostgreSqlVersion.ToString(), timescale, state, await FreeBytesAsync(target, cancellationToken));
    }

    private static async Task<string> StateAsync(
        NpgsqlConnection target, OriginalDatabase? original, List<string> problems, CancellationToken cancellationToken)
    {
        if (!await target.ScalarAsync<bool>($"SELECT to_regclass('public.{SchemaRunner.Journal}') IS NOT NULL", cancellationToken))
        {
            if (await target.ScalarAsync<string>(
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname IN ('users', 'instances', 'payments', 'resource_usage', 'resource_usages') LIMIT 1",
                cancellationToken) is not { } foreign)
                return "empty";
            problems.Add($"The target holds a table {foreign} that this migrator did not make. Use an empty database.");
            return "foreign";
        }

        if (await new MigrationLedger(target).FindRunAsync(cancellationToken) is { } run)
        {
            if (original is not null && run.Source != original.Identity)
                problems.Add($"The target holds a move from another original ({run.Source}). Use an empty database.");
            return run.CutoverAt is not null ? "cut over" : run.VerifiedAt is not null ? "verified" : run.CopiedAt is not null ? "copied" : "begun";
        }

        if (await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM resource_usage)", cancellationToken))
            problems.Add("The target's resource_usage holds samples that no move brought. Move into an empty database, before the services start.");
        return "ready";
    }

    /// <summary>The server does not tell; its data directory does, when it is on this machine and may be seen.</summary>
    private static async Task<long?> FreeBytesAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (target.Host is not ("localhost" or "127.0.0.1" or "::1"))
            return null;
        try
        {
            var directory = await target.ScalarAsync<string>("SELECT current_setting('data_directory')", cancellationToken);
            return directory is not null && Directory.Exists(directory) ? new DriveInfo(directory).AvailableFreeSpace : null;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }
}
