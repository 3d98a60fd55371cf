namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Backups, as far as an alarm needs to know.</summary>
/// <param name="Since">Since when they are made.</param>
/// <param name="LastMade">Start of the last that is complete.</param>
/// <param name="LastError">Why the last one failed; null when it did not.</param>
/// <param name="LongestSeconds">How old the last may be: two intervals of the schedule; null without a schedule.</param>
/// <param name="DrillOutcome">Of the newest backup that was tried.</param>
/// <param name="DrillFinding">The first thing that is wrong with it.</param>
/// <param name="DrilledBackup">Its name.</param>
public sealed record BackupState(
    DateTimeOffset Since, DateTimeOffset? LastMade, string? LastError, double? LongestSeconds, string? DrillOutcome, string? DrillFinding, string? DrilledBackup);
