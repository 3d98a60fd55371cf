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
        var findings = new List<Finding>();
        var report = new DrillReport(Guid.NewGuid(), manifest.Id, time.GetUtcNow(), default, DrillReport.CouldNotVerify, findings, 0, 0, 0, 0, 0);
        try
        {
            report = await TryAsync(manifest, report, findings, progress, cancellationToken);
        }
        // What was found before stands: a changed file explains whatever then goes wrong with it.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var isBad = e is DamagedBackupException || findings.Count > 0;
            findings.AddRange(e is DamagedBackupException damaged ? damaged.Findings : [new("drill", e.Message)]);
            report = report with { Outcome = isBad ? DrillReport.Failed : DrillReport.CouldNotVerify };
        }
        report = report with { FinishedAt = time.GetUtcNow() };
        store.Save(manifest, report);
        BackupTelemetry.Record(report);
        Done(manifest.Name, report.Outcome, string.Join("; ", report.Findings.Take(EventFindings)));
        await AnnounceAsync(report, cancellationToken);
        activity?.SetTag("launchstack.outcome", report.Outcome);
        return report;
    }

    private async Task<DrillReport> TryAsync(BackupManifest manifest, DrillReport report, List<Finding> findings, Action<string> progress, CancellationToken cancellationToken)
    {
        var method = methods.Single(m => m.Name == manifest.Method);
        progress("checksum of the file");
        if (await Sha256Async(store.PathOf(manifest), cancellationToken) != manifest.Sha256)
            findings.Add(new(manifest.File!, $"is not the file that was written: its SHA-256 is not {manifest.Sha256}"));

        progress("restore");
        var started = time.GetTimestamp();
        await using var copy = await OpenAsync(manifest, store, options, cancellationToken);
        await using var restored = await method.RestoreToScratchAsync(source, manifest, copy, cancellationToken);
        var restoreSeconds = time.GetElapsedTime(started).TotalSeconds;
        findings.AddRange(restored.Findings);
        started = time.GetTimestamp();
        await using var connection = await restored.Source.OpenAsync(cancellationToken);
        var proof = new DataProof(connection, manifest.Figures!, findings, progress);
        await proof.RunAsync(await CurrentSchemaAsync(cancellationToken), cancellationToken);
        return report with
        {
            Outcome = findings.Count == 0 ? DrillReport.Passed : DrillReport.Failed,
            RestoreSeconds = restoreSeconds,
            ProofSeconds = time.GetElapsedTime(started).TotalSeconds,
            RestoredBytes = await connection.ScalarAsync<long>("SELECT pg_database_size(current_database())", cancellationToken),
            Windows = proof.Windows,
            Buckets = proof.Buckets,
        };
    }

    /// <summary>The backup's content, decrypted.</summary>
    /// <exception cref="BackupException">It is encrypted and there is no key.</exception>
    public static async Task<Stream> OpenAsync(BackupManifest manifest, BackupStore store, BackupOptions options, CancellationToken cancellationToken)
    {
        if (manifest.Encrypted && options.Key.Length == 0)
            throw new BackupException($"Backup {manifest.Name} is encrypted: set Backups:Key to the key it was made with.");
        var file = new FileStream(store.PathOf(manifest), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return manifest.Encrypted ? await DecryptingStream.CreateAsync(file, options.Key, cancellationToken) : file;
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
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await OutboxTable.InsertAsync(
                connection,
                new RestoreDrillCompleted(
                    report.Id, report.BackupId, report.Outcome, [.. report.Findings.Take(EventFindings).Select(f => f.ToString())],
                    TimeSpan.FromSeconds(report.RestoreSeconds), report.FinishedAt),
                cancellationToken);
        }
        catch (NpgsqlException e)
        {
            NotAnnounced(report.Outcome, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Drill of backup {Backup}: {Outcome} {Findings}", EventName = "DrillDone")]
    private partial void Done(string backup, string outcome, string findings);

    [LoggerMessage(2, LogLevel.Warning, "The drill ({Outcome}) is not announced: {Reason}", EventName = "DrillNotAnnounced")]
    private partial void NotAnnounced(string outcome, string reason);
}
