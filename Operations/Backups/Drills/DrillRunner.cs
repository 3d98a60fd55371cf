using System.Diagnostics;
using System.Security.Cryptography;
using LaunchStack.Contracts;
using LaunchStack.Operations.Backups.Encryption;
using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Operations.Backups.Methods;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Operations.Backups.Drills;

/// <summary>Restores a backup to a scratch place and proves it. The caller holds the lock.</summary>
internal sealed partial class DrillRunner(
    BackupSource source, BackupStore store, BackupOptions options, IEnumerable<IBackupMethod> methods, NpgsqlDataSource dataSource, TimeProvider time, ILogger<DrillRunner> logger)
{
    private const int EventFindings = 20;

    /// <summary>The report, which also lies beside the backup.</summary>
    public async Task<DrillReport> RunAsync(BackupManifest manifest, Action<string> progress, CancellationToken cancellationToken)
    {
        using var activity = BackupTelemetry.Source.StartActivity("backup.drill")?.SetTag("launchstack.backup", manifest.Name);
        var report = new DrillReport(Guid.NewGuid(), manifest.Id, time.GetUtcNow(), default, DrillReport.CouldNotVerify, [], 0, 0, 0, 0, 0);
        try
        {
            report = await TryAsync(manifest, report, progress, cancellationToken);
        }
        catch (DamagedBackupException e)
        {
            report = report with { Outcome = DrillReport.Failed, Findings = e.Findings };
        }
        catch (Exception e) when (e is BackupException or NpgsqlException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception or HttpRequestException)
        {
            report = report with { Findings = [new("drill", e.Message)] };
        }
        report = report with { FinishedAt = time.GetUtcNow() };
        store.Save(manifest, report);
        BackupTelemetry.Record(report);
        Done(manifest.Name, report.Outcome, string.Join("; ", report.Findings.Take(EventFindings)));
        await AnnounceAsync(report, cancellationToken);
        activity?.SetTag("launchstack.outcome", report.Outcome);
        return report;
    }

    private async Task<DrillReport> TryAsync(BackupManifest manifest, DrillReport report, Action<string> progress, CancellationToken cancellationToken)
    {
        var method = methods.Single(m => m.Name == manifest.Method);
        progress("checksum of the file");
        var findings = new List<Finding>();
        if (await Sha256Async(store.PathOf(manifest), cancellationToken) != manifest.Sha256)
            findings.Add(new(manifest.File!, $"is not the file that was written: its SHA-256 is not {manifest.Sha256}"));

        progress("restore");
        var started = time.GetTimestamp();
        RestoredDatabase restored;
        try
        {
            await using var copy = await OpenAsync(manifest, store, options, cancellationToken);
            restored = await method.RestoreToScratchAsync(source, manifest, copy, cancellationToken);
        }
        // A changed file explains itself whatever then goes wrong with it.
        catch (Exception e) when (findings.Count > 0 && e is BackupException or DamagedBackupException or NpgsqlException or IOException)
        {
            return report with { Outcome = DrillReport.Failed, Findings = [.. findings, .. e is DamagedBackupException d ? d.Findings : [new Finding(manifest.File!, e.Message)]] };
        }
        await using (restored)
        {
            var restoreSeconds = time.GetElapsedTime(started).TotalSeconds;
            findings.AddRange(restored.Findings);
            started = time.GetTimestamp();
            await using var connection = await restored.Source.OpenAsync(cancellationToken);
            var proof = new DataProof(connection, manifest.Figures!, progress);
            findings.AddRange(await proof.RunAsync(await CurrentSchemaAsync(cancellationToken), cancellationToken));
            return report with
            {
                Outcome = findings.Count == 0 ? DrillReport.Passed : DrillReport.Failed,
                Findings = findings,
                RestoreSeconds = restoreSeconds,
                ProofSeconds = time.GetElapsedTime(started).TotalSeconds,
                RestoredBytes = await connection.ScalarAsync<long>("SELECT pg_database_size(current_database())", cancellationToken),
                Windows = proof.Windows,
                Buckets = proof.Buckets,
            };
        }
    }

    /// <summary>The backup's content, decrypted.</summary>
    /// <exception cref="BackupException">It is encrypted and there is no key.</exception>
    public static async Task<Stream> OpenAsync(BackupManifest manifest, BackupStore store, BackupOptions options, CancellationToken cancellationToken)
    {
        var file = new FileStream(store.PathOf(manifest), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        if (!manifest.Encrypted)
            return file;
        if (options.Key.Length == 0)
            throw new BackupException($"Backup {manifest.Name} is encrypted: set Backups:Key to the key it was made with.");
        return await DecryptingStream.CreateAsync(file, options.Key, cancellationToken);
    }

    private static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private Task<string?> CurrentSchemaAsync(CancellationToken cancellationToken) =>
        dataSource.ScalarAsync<string>("SELECT max(scriptname) FROM schema_versions", cancellationToken);

    private async Task AnnounceAsync(DrillReport report, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await OutboxTable.InsertAsync(
            connection,
            new RestoreDrillCompleted(
                report.Id, report.BackupId, report.Outcome, [.. report.Findings.Take(EventFindings).Select(f => f.ToString())],
                TimeSpan.FromSeconds(report.RestoreSeconds), report.FinishedAt),
            cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Information, "Drill of backup {Backup}: {Outcome} {Findings}", EventName = "DrillDone")]
    private partial void Done(string backup, string outcome, string findings);
}
