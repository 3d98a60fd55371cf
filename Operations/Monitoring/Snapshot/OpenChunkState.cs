namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>Chunks of samples whose span is not over: each insert looks into their indexes.</summary>
/// <param name="Chunks">How many.</param>
/// <param name="IndexBytes">Their indexes.</param>
/// <param name="TableBytes">Their rows.</param>
public sealed record OpenChunkState(long Chunks, long IndexBytes, long TableBytes);
