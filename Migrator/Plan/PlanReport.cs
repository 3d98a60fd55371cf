using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Plan;

/// <summary>What a move would mean. Nothing has been changed to find it out.</summary>
/// <param name="Problems">Why it cannot begin, each with what to do about it; empty when it can.</param>
/// <param name="Warnings">What an operator should know before.</param>
/// <param name="Original">What is to be moved; null when it cannot be read.</param>
/// <param name="Target">What is there now; null when it cannot be reached.</param>
/// <param name="Duration">Wall time of the plan.</param>
internal sealed record PlanReport(
    IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings, PlannedOriginal? Original, PlannedTarget? Target, TimeSpan Duration);

/// <summary>The original as it is now.</summary>
/// <param name="Generation">1, 2 or 3.</param>
/// <param name="Relations">users, instances, payments.</param>
/// <param name="Samples">The sample table.</param>
/// <param name="First">Earliest sample in range; null without any.</param>
/// <param name="Last">End of the latest five minutes with samples.</param>
/// <param name="SoftDeleted">Samples marked as deleted; moved with their mark unless <c>--quarantine-deleted</c>.</param>
/// <param name="Redated">Samples to be moved whose created_at cannot be: they will count as received at their own time.</param>
/// <param name="BeyondRetention">Samples older than the raw window: rolled up, then dropped by retention.</param>
/// <param name="Needs">What everything will roughly ask of the target while it is moved.</param>
/// <param name="EstimatedTime">Of the copy, from how fast this plan could read.</param>
internal sealed record PlannedOriginal(
    int Generation, IReadOnlyList<PlannedTable> Relations, PlannedTable Samples, DateTime? First, DateTime? Last, long SoftDeleted, long Redated,
    long BeyondRetention, TargetNeeds Needs, TimeSpan EstimatedTime)
{
    /// <summary>What would be moved and quarantined of the samples.</summary>
    public TableCounts Books => Samples.Books;

    /// <summary>Samples that cannot be moved as they are, by reason.</summary>
    public IReadOnlyDictionary<string, long> Dirt => Samples.Quarantine;
}

/// <summary>A table of the original.</summary>
/// <param name="Name">With its schema.</param>
/// <param name="Bytes">With indexes.</param>
/// <param name="Books">What would be moved and quarantined.</param>
/// <param name="Quarantine">Rows that cannot be moved as they are, by reason.</param>
internal sealed record PlannedTable(string Name, long Bytes, TableCounts Books, IReadOnlyDictionary<string, long> Quarantine);

/// <summary>The target as it is now.</summary>
/// <param name="Postgres">Version of the server.</param>
/// <param name="Timescale">Version of the extension, installed or to be installed; null when the server has none.</param>
/// <param name="State">foreign, empty, ready (schema without samples), begun, copied, verified or cut over.</param>
/// <param name="FreeBytes">Free disk of its tablespace; null when that is on another machine.</param>
/// <param name="Locks">Rows of its lock table.</param>
internal sealed record PlannedTarget(string Postgres, string? Timescale, string State, long? FreeBytes, long Locks)
{
    /// <summary>It holds what is not ours.</summary>
    public const string Foreign = "foreign";
}
