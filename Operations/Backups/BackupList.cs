namespace LaunchStack.Operations.Backups;

/// <summary>Answer of <c>GET /v1/backups</c>.</summary>
/// <param name="Configured">Whether backups are made: <c>Backups:Directory</c> is set.</param>
/// <param name="Next">When the next one is due.</param>
/// <param name="Running">What is being done now.</param>
/// <param name="Failure">Why the last could not even be begun, such as a directory that cannot be written to; null otherwise.</param>
/// <param name="Backups">Newest first.</param>
public sealed record BackupList(bool Configured, DateTimeOffset? Next, BackupProgress? Running, string? Failure, IReadOnlyList<BackupView> Backups);
