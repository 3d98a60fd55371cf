namespace LaunchStack.Usage.Database;

/// <summary>Which schema the samples live in.</summary>
public enum UsageSchema
{
    /// <summary>The hypertable <c>resource_usage</c> with its rollups.</summary>
    Hypertable,

    /// <summary>The original table, after a rollback: plain PostgreSQL, no rollups, no outbox.</summary>
    Legacy,
}
