namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A part that could not be read this time.</summary>
/// <param name="Part">Its name in the snapshot; a relation's sizes by its name.</param>
/// <param name="Reason">SQLSTATE and message; 55P03: somebody held a lock for longer than the reading waits.</param>
public sealed record UnreadPart(string Part, string Reason);
