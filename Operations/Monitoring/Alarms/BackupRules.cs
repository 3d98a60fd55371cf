using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Alarms about backups.</summary>
internal static class BackupRules
{
    public static IReadOnlyList<AlarmRule> All { get; } =
    [
        new("backup-missing", TimeSpan.Zero, snapshot => snapshot.Backups is { } backups ? Missing(backups, snapshot.ReadAt) : []),
        new("drill-failed", TimeSpan.Zero, snapshot => snapshot.Backups is { DrillOutcome: DrillReport.Failed or DrillReport.CouldNotVerify } backups
            ? [new Finding("", $"Backup {backups.DrilledBackup} {(backups.DrillOutcome == DrillReport.Failed ? "is not what was backed up" : "could not be tried")}: {backups.DrillFinding}")]
            : []),
    ];

    private static IEnumerable<Finding> Missing(BackupState backups, DateTimeOffset now)
    {
        if (backups.LastError is { } error)
            yield return new("", $"The last backup failed: {error}");
        else if ((now - (backups.LastMade ?? backups.Since)).TotalSeconds > backups.LongestSeconds)
            yield return new("", $"The last backup is of {(backups.LastMade is { } made ? $"{made:u}" : "no time: there is none")}, longer ago than {Text.Span(backups.LongestSeconds)}.");
    }
}
