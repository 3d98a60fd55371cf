using LaunchStack.Operations.Backups.Figures;

namespace LaunchStack.Operations.Backups;

/// <summary>How a backup looked when it was restored: <c>drill.json</c>.</summary>
/// <param name="Id">The drill.</param>
/// <param name="BackupId">The backup.</param>
/// <param name="StartedAt">Start.</param>
/// <param name="FinishedAt">End.</param>
/// <param name="Outcome">See the constants.</param>
/// <param name="Findings">What is wrong; of <see cref="CouldNotVerify"/>: why it could not be tried.</param>
/// <param name="RestoreSeconds">Until the data was there: what the real day would take.</param>
/// <param name="ProofSeconds">Comparing.</param>
/// <param name="RestoredBytes">Size of the restored database.</param>
/// <param name="Windows">Windows compared by checksum.</param>
/// <param name="Buckets">Buckets of rollups compared with their finer level.</param>
public sealed record DrillReport(
    Guid Id, Guid BackupId, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string Outcome, IReadOnlyList<Finding> Findings, double RestoreSeconds,
    double ProofSeconds, long RestoredBytes, long Windows, long Buckets)
{
    /// <summary>It holds what was backed up, and works.</summary>
    public const string Passed = "passed";

    /// <summary>It does not.</summary>
    public const string Failed = "failed";

    /// <summary>It could not be tried: nothing is known.</summary>
    public const string CouldNotVerify = "could_not_verify";
}
