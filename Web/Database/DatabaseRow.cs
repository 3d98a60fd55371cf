namespace LaunchStack.Web.Database;

/// <summary>What the database looked like.</summary>
internal sealed record DatabaseRow(
    DateTimeOffset ReadAt, ServerRow? Server, IReadOnlyList<RelationRow> Relations, IReadOnlyList<JobRow> Jobs, IReadOnlyList<RollupRow> Rollups,
    OutboxRow? Outbox, ConnectionRow? Connections, DiskRow? Disk, LatenessRow? Lateness, IReadOnlyList<UnreadRow> Unread);
