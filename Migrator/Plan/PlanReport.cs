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
/// <param name="Tables">users, instances, payments: rows and bytes with indexes.</param>
/// <param name="Samples">The sample table, likewise.</param>
/// <param name="First">Earliest sample in range; null without any.</param>
/// <param name="Last">End of the latest five minutes with samples.</param>
/// <param name="Books">What would be moved and quarantined.</param>
/// <param name="Dirt">Samples that cannot be moved as they are, by reason.</param>
/// <param name="SoftDeleted">Samples marked as deleted; moved with their mark unless <c>--quarantine-deleted</c>.</param>
/// <param name="Redated">Samples to be moved whose created_at cannot be: they will count as received at their own time.</param>
/// <param name="BeyondRetention">Samples older than the raw window: rolled up, then dropped by retention.</param>
/// <param name="Chunks">Chunks to be made.</param>
/// <param name="NeededBytes">Disk that the samples will roughly take in the target while they are moved.</param>
/// <param name="EstimatedTime">Of the copy, from how fast this plan could read.</param>
internal sealed record PlannedOriginal(
    int Generation, IReadOnlyList<PlannedTable> Tables, PlannedTable Samples, DateTime? First, DateTime? Last, TableCounts Books,
    IReadOnlyDictionary<string, long> Dirt, long SoftDeleted, long Redated, long BeyondRetention, int Chunks, long NeededBytes, TimeSpan EstimatedTime);

/// <summary>A table of the original.</summary>
internal sealed record PlannedTable(string Name, long Rows, long Bytes);

/// <summary>The target as it is now.</summary>
/// <param name="Postgres">Version of the server.</param>
/// <param name="Timescale">Version of the extension, installed or to be installed; null when the server has none.</param>
/// <param name="State">empty, ready (schema without samples), begun, copied, verified or cut over.</param>
/// <param name="FreeBytes">Free disk below its data directory; null when that is on another machine.</param>
internal sealed record PlannedTarget(string Postgres, string? Timescale, string State, long? FreeBytes);
