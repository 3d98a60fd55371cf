namespace LaunchStack.Operations.Backups;

/// <summary>What is being done now.</summary>
/// <param name="BackupId">The backup that is made or tried.</param>
/// <param name="Doing"><c>backup</c> or <c>drill</c>.</param>
/// <param name="Step">Where it is.</param>
/// <param name="StartedAt">Since when.</param>
public sealed record BackupProgress(Guid BackupId, string Doing, string Step, DateTimeOffset StartedAt);
