using LaunchStack.Operations.Backups.Figures;

namespace LaunchStack.Operations.Backups;

/// <summary>What a backup is and what it must hold: <c>manifest.json</c> beside its file.</summary>
/// <param name="Id">Identity.</param>
/// <param name="Name">Name of its directory: the start and the first digits of the id.</param>
/// <param name="State"><c>completed</c> or <c>failed</c>.</param>
/// <param name="Method"><c>pg_dump</c> or <c>snapshot</c>; <c>unknown</c> when the database could not be asked.</param>
/// <param name="Trigger"><c>schedule</c> or <c>request</c>.</param>
/// <param name="StartedAt">Start.</param>
/// <param name="FinishedAt">End.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="File">Name of the file; null when it failed.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Over the file as it lies there, hexadecimal.</param>
/// <param name="Encrypted">Whether it needs <c>Backups:Key</c>.</param>
/// <param name="Figures">What must be found when it is restored.</param>
public sealed record BackupManifest(
    Guid Id, string Name, string State, string Method, string Trigger, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string? Error,
    string? File, long Bytes, string? Sha256, bool Encrypted, DatabaseFigures? Figures)
{
    /// <summary>It can be restored from.</summary>
    public const string Completed = "completed";

    /// <summary>It cannot.</summary>
    public const string Failed = "failed";
}
