using LaunchStack.Operations.Backups.Figures;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>A way to copy a whole database while it serves.</summary>
internal interface IBackupMethod
{
    /// <summary>As it stands in manifests.</summary>
    string Name { get; }

    /// <summary>Name of the file.</summary>
    string FileName { get; }

    /// <summary>Copies the database and says what the copy holds.</summary>
    Task<DatabaseFigures> CopyAsync(BackupSource source, Stream target, Action<string> progress, CancellationToken cancellationToken);

    /// <summary>Restores a copy to a scratch place of its own, with all jobs paused.</summary>
    Task<RestoredDatabase> RestoreToScratchAsync(BackupSource source, BackupManifest manifest, Stream copy, CancellationToken cancellationToken);
}
