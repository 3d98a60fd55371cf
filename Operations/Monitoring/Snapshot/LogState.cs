namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The write-ahead log.</summary>
/// <param name="WrittenBytes">Position: bytes ever written.</param>
/// <param name="KeptBytes">Bytes on disk; null where this user may not see (<c>pg_monitor</c>).</param>
public sealed record LogState(long WrittenBytes, long? KeptBytes);
