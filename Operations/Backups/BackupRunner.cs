using System.Security.Cryptography;
using LaunchStack.Contracts;
using LaunchStack.Operations.Backups.Encryption;
using LaunchStack.Operations.Backups.Methods;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Operations.Backups;

/// <summary>Makes one backup. The caller holds the lock.</summary>
internal sealed partial class BackupRunner(
    BackupSource source, BackupStore store, BackupOptions options, IEnumerable<IBackupMethod> methods, NpgsqlDataSource dataSource, TimeProvider time, ILogger<BackupRunner> logger)
{
    /// <summary>The manifest, of a failed one too.</summary>
    public async Task<BackupManifest> RunAsync(Guid id, string trigger, Action<string> progress, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var name = $"{started:yyyyMMddTHHmmssZ}-{id.ToString("n")[..8]}";
        using var activity = BackupTelemetry.Source.StartActivity("backup.run")?.SetTag("launchstack.backup", name);
        var folder = store.Begin(name);
        var methodName = "unknown";
        BackupManifest manifest;
        try
        {
            var method = await MethodAsync(cancellationToken);
            methodName = method.Name;
            manifest = await CopyAsync(method, folder, new(
                id, name, BackupManifest.Completed, method.Name, trigger, started, started, null, method.FileName + (options.Key.Length > 0 ? ".enc" : ""), 0, null,
                options.Key.Length > 0, null), progress, cancellationToken);
        }
        // Whatever the cause: a backup that was due and is not there has to be seen.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (var file in Directory.EnumerateFiles(folder))
                File.Delete(file);
            manifest = new(id, name, BackupManifest.Failed, methodName, trigger, started, time.GetUtcNow(), e.Message, null, 0, null, false, null);
            Failed(name, e.Message);
        }
        store.Complete(folder, manifest);
        BackupTelemetry.Record(manifest);
        await AnnounceAsync(manifest, cancellationToken);
        if (manifest.State == BackupManifest.Completed)
        {
            Made(name, manifest.Bytes, manifest.FinishedAt - manifest.StartedAt);
            foreach (var removed in store.Prune())
                Removed(removed);
        }
        return manifest;
    }

    private async Task<IBackupMethod> MethodAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var name = await BackupSource.IsEmbeddedAsync(connection, cancellationToken) ? SnapshotMethod.MethodName : DumpMethod.MethodName;
        return methods.Single(method => method.Name == name);
    }

    private async Task<BackupManifest> CopyAsync(IBackupMethod method, string folder, BackupManifest manifest, Action<string> progress, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, manifest.File!);
        string sha256;
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
        await using (var hashing = new HashingStream(file))
        {
            if (manifest.Encrypted)
            {
                await using var encrypting = await EncryptingStream.CreateAsync(hashing, options.Key, cancellationToken);
                manifest = manifest with { Figures = await method.CopyAsync(source, encrypting, progress, cancellationToken) };
                await encrypting.CompleteAsync(cancellationToken);
            }
            else
            {
                manifest = manifest with { Figures = await method.CopyAsync(source, hashing, progress, cancellationToken) };
            }
            sha256 = hashing.Finish();
            file.Flush(flushToDisk: true);
        }
        return manifest with { FinishedAt = time.GetUtcNow(), Bytes = new FileInfo(path).Length, Sha256 = sha256 };
    }

    private async Task AnnounceAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await OutboxTable.InsertAsync(
                connection,
                new BackupCompleted(
                    manifest.Id, manifest.Method, manifest.State == BackupManifest.Completed, manifest.Bytes, manifest.FinishedAt - manifest.StartedAt, manifest.Error,
                    manifest.FinishedAt),
                cancellationToken);
        }
        catch (NpgsqlException e)
        {
            // The outbox is in the database that could not be reached; manifest, metrics and alarm tell it.
            NotAnnounced(manifest.Name, e.Message);
        }
    }

    /// <summary>Hashes what passes.</summary>
    private sealed class HashingStream(Stream target) : WriteOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _hash.AppendData(buffer.Span);
            await target.WriteAsync(buffer, cancellationToken);
        }

        public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Backup {Backup}: {Bytes} bytes in {Elapsed}", EventName = "BackupMade")]
    private partial void Made(string backup, long bytes, TimeSpan elapsed);

    [LoggerMessage(2, LogLevel.Error, "Backup {Backup} failed: {Reason}", EventName = "BackupFailed")]
    private partial void Failed(string backup, string reason);

    [LoggerMessage(3, LogLevel.Information, "Backup {Backup} removed: older or more than are kept", EventName = "BackupRemoved")]
    private partial void Removed(string backup);

    [LoggerMessage(4, LogLevel.Warning, "Backup {Backup} is not announced: {Reason}", EventName = "BackupNotAnnounced")]
    private partial void NotAnnounced(string backup, string reason);
}
