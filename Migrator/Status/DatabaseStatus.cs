namespace LaunchStack.Migrator.Status;

/// <summary>What stands in the database.</summary>
/// <param name="Schema">Newest schema script; null where the migrator has not run.</param>
/// <param name="Postgres">Server version.</param>
/// <param name="Timescale">Version of the extension; null without it.</param>
/// <param name="Scripts">Scripts in the journal, in order.</param>
/// <param name="Move">The move from the original; null when there was none.</param>
/// <param name="Relations">The hypertable and its rollups.</param>
/// <param name="Jobs">Policies and other jobs.</param>
/// <param name="QuarantinedRows">Rows of the original that could not be moved.</param>
/// <param name="OutboxRows">Events that wait for the broker.</param>
internal sealed record DatabaseStatus(
    string? Schema, string Postgres, string? Timescale, IReadOnlyList<string> Scripts, MoveStatus? Move, IReadOnlyList<RelationStatus> Relations,
    IReadOnlyList<JobStatus> Jobs, long QuarantinedRows, long OutboxRows);

/// <summary>A hypertable or a rollup.</summary>
/// <param name="Name">Table or view.</param>
/// <param name="Chunks">Number of chunks.</param>
/// <param name="Compressed">How many of them are in columns.</param>
/// <param name="Bytes">Size with indexes.</param>
/// <param name="ChunkInterval">Time that a new chunk spans.</param>
/// <param name="From">Start of the oldest chunk.</param>
/// <param name="To">End of the newest chunk.</param>
internal sealed record RelationStatus(
    string Name, long Chunks, long Compressed, long Bytes, TimeSpan ChunkInterval, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>A policy or another job.</summary>
/// <param name="Id">Number of the job.</param>
/// <param name="Name">What it runs.</param>
/// <param name="Relation">On which table or rollup.</param>
/// <param name="Every">How often.</param>
/// <param name="Scheduled">False while it is paused.</param>
/// <param name="Config">Its windows.</param>
/// <param name="LastStatus">How the last run ended; null before the first.</param>
/// <param name="LastSuccess">When a run last succeeded.</param>
/// <param name="NextStart">When it is due.</param>
/// <param name="Failures">Runs that failed.</param>
internal sealed record JobStatus(
    int Id, string Name, string? Relation, string Every, bool Scheduled, string? Config, string? LastStatus, DateTimeOffset? LastSuccess,
    DateTimeOffset? NextStart, long Failures);
