namespace LaunchStack.Web.Database;

/// <summary>A policy or another job.</summary>
internal sealed record JobRow(
    int JobId, string Procedure, string? Relation, bool Scheduled, bool PausedByMigrator, double ScheduleIntervalSeconds, DateTimeOffset? LastSuccess,
    DateTimeOffset? NextStart, double? RunningForSeconds, long ConsecutiveFailures, string? LastError);
