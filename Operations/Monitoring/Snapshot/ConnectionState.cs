namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Client connections of the whole server.</summary>
/// <param name="Used">Open ones.</param>
/// <param name="Limit">Most there can be.</param>
/// <param name="Active">Those that run a statement.</param>
/// <param name="IdleInTransaction">Those that hold a transaction open and do nothing.</param>
public sealed record ConnectionState(long Used, int Limit, long Active, long IdleInTransaction);
