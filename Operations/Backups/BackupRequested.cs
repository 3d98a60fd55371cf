namespace LaunchStack.Operations.Backups;

/// <summary>A backup or drill has been asked for; <c>GET /v1/backups</c> tells how it goes.</summary>
/// <param name="Id">The backup.</param>
public sealed record BackupRequested(Guid Id);
