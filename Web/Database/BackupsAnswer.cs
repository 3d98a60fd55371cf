namespace LaunchStack.Web.Database;

/// <summary>Backups, newest first, and what is being done.</summary>
public sealed record BackupsAnswer(bool Configured, DateTimeOffset? Next, BackupRunning? Running, string? Failure, IReadOnlyList<BackupRow> Backups);
