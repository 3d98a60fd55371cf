namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Age of transactions.</summary>
/// <param name="OldestIdAge">Transactions since the oldest id that is not frozen, over all databases.</param>
/// <param name="FreezeMaxAge">Where autovacuum freezes whatever else it does.</param>
/// <param name="OldestOpenSeconds">How long the oldest transaction of this database has been open.</param>
public sealed record TransactionState(long OldestIdAge, long FreezeMaxAge, double OldestOpenSeconds);
