namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A standby server that is connected.</summary>
/// <param name="Name">Its application name.</param>
/// <param name="State">For example <c>streaming</c>.</param>
/// <param name="LagBytes">Log that it has not replayed.</param>
/// <param name="LagSeconds">How long replaying takes after the commit; null when it has nothing to do.</param>
public sealed record ReplicaState(string Name, string State, long? LagBytes, double? LagSeconds);
