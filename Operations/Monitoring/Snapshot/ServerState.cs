namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The server.</summary>
/// <param name="PostgresVersion">For example 17.5.</param>
/// <param name="TimescaleVersion">Of the extension; null without it.</param>
/// <param name="Embedded">WebAssembly on Node.js: one session, no background workers.</param>
/// <param name="DatabaseBytes">Size of the whole database.</param>
/// <param name="SharedBuffersBytes">Its page cache.</param>
/// <param name="MemoryBytes">Memory of its machine, or what the planner believes is cached: see <c>Monitoring:MemoryBytes</c>.</param>
/// <param name="StartedAt">Since when it runs.</param>
public sealed record ServerState(
    string PostgresVersion, string? TimescaleVersion, bool Embedded, long DatabaseBytes, long SharedBuffersBytes, long MemoryBytes, DateTimeOffset StartedAt);
