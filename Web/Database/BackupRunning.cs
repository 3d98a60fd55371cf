namespace LaunchStack.Web.Database;

/// <summary>A backup or a drill under way.</summary>
public sealed record BackupRunning(Guid BackupId, string Doing, string Step, DateTimeOffset StartedAt);
