namespace LaunchStack.Aggregator.Migration;

/// <summary>How far the move from the original database is, as its ledger has it.</summary>
/// <param name="Run">The move; null: this database has seen none.</param>
/// <param name="Tables">Both sides' figures of users, instances, payments and, last, the samples.</param>
/// <param name="Days">The windows of samples by their day of UTC.</param>
/// <param name="Quarantine">What could not be moved, by table and reason.</param>
public sealed record MigrationState(
    MigrationRunState? Run, IReadOnlyList<MigrationTable> Tables, IReadOnlyList<MigrationDay> Days, IReadOnlyList<QuarantineReason> Quarantine);
