using System.Globalization;
using LaunchStack.Operations.Backups.Drills;
using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Operations.Backups.Methods;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups.Restore;

/// <summary>Restores a backup for good: into nothing but an empty place, and with the drill's proof at the end.</summary>
internal sealed class RestoreRunner(BackupOptions options, TimeProvider time, TextWriter output, TextWriter error)
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int NotAsItShouldBe = 4;

    private readonly BackupStore _store = new(options, time);

    public async Task<int> RunAsync(string? name, string? connectionString, string? directory, CancellationToken cancellationToken)
    {
        try
        {
            if (Choose(name) is not { } manifest)
                return await RefuseAsync(name is null ? $"{options.Directory} has no backup that is complete." : $"{options.Directory} has no complete backup {name}.");
            if (manifest.Method == SnapshotMethod.MethodName ? directory is null : connectionString is null)
            {
                await error.WriteLineAsync(manifest.Method == SnapshotMethod.MethodName ? "A snapshot is restored into --to-directory." : "A pg_dump backup is restored into --to.");
                return Usage;
            }
            await ForecastAsync(manifest);
            await using var turn = await BackupLock.TryTakeAsync(options, null, cancellationToken);
            if (turn is null)
                return await RefuseAsync("A backup, drill or restore from this directory is under way.");
            return manifest.Method == SnapshotMethod.MethodName
                ? await SnapshotAsync(manifest, directory!, cancellationToken)
                : await DumpAsync(manifest, connectionString!, cancellationToken);
        }
        catch (DamagedBackupException e)
        {
            foreach (var finding in e.Findings)
                await error.WriteLineAsync(finding.ToString());
            return Failed;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync($"error: {e.Message}");
            return Failed;
        }
    }

    private BackupManifest? Choose(string? name)
    {
        var complete = _store.List().Where(manifest => manifest.State == BackupManifest.Completed).ToList();
        return name is not null
            ? complete.FirstOrDefault(manifest => manifest.Name == name)
            : complete.FirstOrDefault(manifest => _store.DrillOf(manifest)?.Outcome == DrillReport.Passed) ?? complete.FirstOrDefault();
    }

    private async Task ForecastAsync(BackupManifest manifest)
    {
        await output.WriteLineAsync(
            $"{manifest.Name}: {manifest.Method} of {manifest.StartedAt:yyyy-MM-dd HH:mm:ss}Z, schema {manifest.Figures!.Schema}, TimescaleDB {manifest.Figures.TimescaleVersion}, {manifest.Bytes >> 20} MiB");
        // Of this very backup, else of the newest one tried, by size.
        var drill = _store.DrillOf(manifest) is { RestoreSeconds: > 0 } own
            ? (Seconds: own.RestoreSeconds + own.ProofSeconds, manifest.Bytes)
            : _store.List().Select(m => (Drill: _store.DrillOf(m), m.Bytes)).Where(d => d.Drill is { RestoreSeconds: > 0 } && d.Bytes > 0)
                .Select(d => (Seconds: d.Drill!.RestoreSeconds + d.Drill.ProofSeconds, d.Bytes)).FirstOrDefault();
        await output.WriteLineAsync(drill.Bytes > 0
            ? $"about {TimeSpan.FromSeconds(Math.Ceiling(drill.Seconds * manifest.Bytes / drill.Bytes))}, as measured in a drill"
            : "no drill has been measured: how long it takes is not known");
    }

    private async Task<int> DumpAsync(BackupManifest manifest, string connectionString, CancellationToken cancellationToken)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        await using (var connection = await new BackupSource(connectionString).OpenAsync(cancellationToken))
        {
            var held = await connection.QueryAsync(
                """
                SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
                UNION ALL SELECT 'the extension timescaledb' FROM pg_extension WHERE extname = 'timescaledb' LIMIT 3
                """,
                row => row.GetString(0), cancellationToken);
            if (held.Count > 0)
                return await RefuseAsync(
                    $"{target.Database} is not empty (it has {string.Join(", ", held)}). Restore into a new database: CREATE DATABASE … TEMPLATE template0, without the extension.");
        }

        await output.WriteLineAsync($"restoring into {target.Database} on {target.Host}:{target.Port}");
        IReadOnlyList<Finding> findings;
        await using (var copy = await DrillRunner.OpenAsync(manifest, _store, options, cancellationToken))
            findings = await new DumpMethod(options, time).RestoreAsync(target, manifest, copy, cancellationToken);
        var code = await ProveAsync(manifest, new(connectionString), findings, cancellationToken);
        if (code == Done)
            await ResumeJobsAsync(manifest, connectionString, cancellationToken);
        else
            await error.WriteLineAsync("Its jobs stay paused: SELECT alter_job(job_id, scheduled => true) FROM timescaledb_information.jobs when you have decided.");
        return code;
    }

    private async Task<int> SnapshotAsync(BackupManifest manifest, string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        if (Directory.EnumerateFileSystemEntries(directory).Any())
            return await RefuseAsync($"{directory} is not empty.");
        await output.WriteLineAsync($"restoring into {directory}");
        await using var copy = await DrillRunner.OpenAsync(manifest, _store, options, cancellationToken);
        await using var restored = await new SnapshotMethod(options).RestoreAsync(directory, copy, () => { }, cancellationToken);
        return await ProveAsync(manifest, restored.Source, restored.Findings, cancellationToken);
    }

    private async Task<int> ProveAsync(BackupManifest manifest, BackupSource restored, IReadOnlyList<Finding> findings, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("proving");
        await using var connection = await restored.OpenAsync(cancellationToken);
        var all = findings.ToList();
        var proof = new DataProof(connection, manifest.Figures!, all, _ => { });
        await proof.RunAsync(null, cancellationToken);
        foreach (var finding in all)
            await error.WriteLineAsync(finding.ToString());
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{proof.Windows} windows and {proof.Buckets} buckets compared: {(all.Count == 0 ? "all is as it was backed up" : $"{all.Count} findings")}"));
        return all.Count == 0 ? Done : NotAsItShouldBe;
    }

    // Those that were paused when the backup was made stay so; the manifest's jobs are all that there were.
    private async Task ResumeJobsAsync(BackupManifest manifest, string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = await new BackupSource(connectionString).OpenAsync(cancellationToken);
        var paused = manifest.Figures!.PausedJobs.ToArray();
        await connection.ExecuteAsync(
            "SELECT alter_job(job_id, scheduled => true) FROM timescaledb_information.jobs WHERE job_id <> ALL ($1)", cancellationToken, paused);
        await output.WriteLineAsync("jobs are scheduled again. Next: run the migrator, then the services.");
    }

    private async Task<int> RefuseAsync(string reason)
    {
        await error.WriteLineAsync($"refused: {reason}");
        return Refused;
    }
}
