namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Events that have not been published.</summary>
/// <param name="Waiting">How many wait.</param>
/// <param name="OldestSeconds">Age of the oldest of them.</param>
/// <param name="SetAside">How many can never be published as they are.</param>
public sealed record OutboxState(long Waiting, double OldestSeconds, long SetAside);
