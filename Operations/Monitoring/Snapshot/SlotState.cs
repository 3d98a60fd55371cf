namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A replication slot: the server keeps all log that its reader has not taken.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Active">Whether somebody reads it.</param>
/// <param name="RetainedBytes">Log kept for it.</param>
public sealed record SlotState(string Name, bool Active, long RetainedBytes);
