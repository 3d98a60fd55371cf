namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>What the database looked like. A part that could not be read is as it was before, and named in <see cref="Unread"/>.</summary>
/// <param name="ReadAt">When it was read.</param>
/// <param name="ReadSeconds">How long reading took.</param>
/// <param name="Server">The server; null when it was never readable.</param>
/// <param name="Relations">Hypertables and rollups.</param>
/// <param name="OverdueChunks">Chunks that their policy should have compressed by now.</param>
/// <param name="OpenChunks">Chunks of samples that are written to now.</param>
/// <param name="Jobs">Policies and other jobs.</param>
/// <param name="Rollups">How far each rollup is.</param>
/// <param name="Outbox">Events that wait; null on the original schema.</param>
/// <param name="Connections">Null where clients share one session.</param>
/// <param name="Transactions">Age of transactions.</param>
/// <param name="Log">The write-ahead log.</param>
/// <param name="Replicas">Standby servers that are connected.</param>
/// <param name="Slots">Replication slots.</param>
/// <param name="Disk">Null where nothing is known of the disk.</param>
/// <param name="Lateness">How long after their time samples came.</param>
/// <param name="Backups">Null where none are made.</param>
/// <param name="Unread">Parts that could not be read this time, and why.</param>
public sealed record DatabaseSnapshot(
    DateTimeOffset ReadAt,
    double ReadSeconds,
    ServerState? Server,
    IReadOnlyList<RelationState> Relations,
    IReadOnlyList<OverdueChunk> OverdueChunks,
    OpenChunkState? OpenChunks,
    IReadOnlyList<JobState> Jobs,
    IReadOnlyList<RollupState> Rollups,
    OutboxState? Outbox,
    ConnectionState? Connections,
    TransactionState? Transactions,
    LogState? Log,
    IReadOnlyList<ReplicaState> Replicas,
    IReadOnlyList<SlotState> Slots,
    DiskState? Disk,
    LatenessState? Lateness,
    BackupState? Backups,
    IReadOnlyList<UnreadPart> Unread);
