using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>pg_dump of the whole database, and figures of the very same snapshot.</summary>
internal sealed class DumpMethod(BackupOptions options, TimeProvider time) : IBackupMethod
{
    /// <summary>Every scratch database's name begins so, and no other database is ever dropped.</summary>
    public const string ScratchPrefix = "launchstack_drill_";

    /// <summary>As it stands in manifests.</summary>
    public const string MethodName = "pg_dump";

    public string Name => MethodName;

    public string FileName => "database.dump";

    public async Task<DatabaseFigures> CopyAsync(BackupSource source, Stream target, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenAsync(cancellationToken);
        var tools = await PostgresTools.FindAsync(options.PostgresBin, connection.PostgreSqlVersion.Major, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var snapshot = (await connection.ScalarAsync<string>("SELECT pg_export_snapshot()", cancellationToken))!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dump = tools.DumpAsync(source.ConnectionString, snapshot, target, stop.Token);
        try
        {
            var figures = await new FiguresReader(connection).ReadAsync(cutoff: null, progress, cancellationToken);
            progress("pg_dump");
            await dump;
            return figures;
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)dump).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    public async Task<RestoredDatabase> RestoreToScratchAsync(BackupSource source, BackupManifest manifest, Stream copy, CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnectionStringBuilder(options.DrillServer.Length > 0 ? options.DrillServer : source.ConnectionString.ConnectionString);
        await DropLeftoversAsync(server, cancellationToken);
        var scratch = $"{ScratchPrefix}{time.GetUtcNow():yyyyMMddHHmmss}_{Guid.NewGuid():n}"[..48];
        await AdminAsync(server, $"CREATE DATABASE {scratch} TEMPLATE template0", cancellationToken);
        var database = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = scratch };
        try
        {
            var findings = await RestoreAsync(database, manifest, copy, cancellationToken);
            return new(database.ConnectionString, findings, async () => await DropAsync(server, scratch));
        }
        catch
        {
            await DropAsync(server, scratch);
            throw;
        }
    }

    /// <summary>
    /// Restores into an empty database. Jobs are paused while TimescaleDB still restores, before its workers may run any: retention
    /// would eat an old backup.
    /// </summary>
    public async Task<IReadOnlyList<Finding>> RestoreAsync(
        NpgsqlConnectionStringBuilder database, BackupManifest manifest, Stream copy, CancellationToken cancellationToken)
    {
        await using var connection = await new BackupSource(database.ConnectionString).OpenAsync(cancellationToken);
        var tools = await PostgresTools.FindAsync(options.PostgresBin, connection.PostgreSqlVersion.Major, cancellationToken);
        var version = manifest.Figures?.TimescaleVersion ?? throw new BackupException($"The manifest of {manifest.Name} names no version of TimescaleDB.");
        try
        {
            await connection.ExecuteAsync($"CREATE EXTENSION timescaledb VERSION '{version.Replace("'", "''", StringComparison.Ordinal)}'", cancellationToken);
            await connection.ExecuteAsync("SELECT timescaledb_pre_restore()", cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new BackupException(
                $"{e.MessageText} (SQLSTATE {e.SqlState}). A backup is restored on the TimescaleDB it was made on, {version}, by a superuser, and updated afterwards; "
                + "Backups:DrillServer names another server for drills.", e);
        }
        var errors = await tools.RestoreAsync(database, copy, cancellationToken);
        await connection.ExecuteAsync("SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs", cancellationToken);
        await connection.ExecuteAsync("SELECT timescaledb_post_restore()", cancellationToken);
        await connection.ExecuteAsync("ANALYZE", cancellationToken);
        return [.. errors.Select(error => new Finding("pg_restore", error))];
    }

    // Of a drill that was killed; nobody else is at it, under the lock.
    private static async Task DropLeftoversAsync(NpgsqlConnectionStringBuilder server, CancellationToken cancellationToken)
    {
        List<string> left;
        await using (var connection = await new BackupSource(server.ConnectionString).OpenAsync(cancellationToken))
            left = await connection.QueryAsync("SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)", row => row.GetString(0), cancellationToken, ScratchPrefix);
        foreach (var name in left)
            await DropAsync(server, name);
    }

    private static Task DropAsync(NpgsqlConnectionStringBuilder server, string scratch) => scratch.StartsWith(ScratchPrefix, StringComparison.Ordinal)
        ? AdminAsync(server, $"DROP DATABASE IF EXISTS {scratch} WITH (FORCE)", CancellationToken.None)
        : throw new InvalidOperationException($"{scratch} is no scratch database.");

    private static async Task AdminAsync(NpgsqlConnectionStringBuilder server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await new BackupSource(server.ConnectionString).OpenAsync(cancellationToken);
        await connection.ExecuteAsync(sql, cancellationToken);
    }
}
