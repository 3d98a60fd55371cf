namespace LaunchStack.Web.Database;

/// <summary>How a backup looked when it was restored.</summary>
public sealed record DrillRow(
    Guid BackupId, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string Outcome, IReadOnlyList<DrillFinding> Findings, double RestoreSeconds, double ProofSeconds,
    long Windows, long Buckets);
