namespace LaunchStack.Usage.Database;

/// <summary>TimescaleDB's jobs, each with the rollup that it works on. To be read from under a name.</summary>
public static class RollupJobs
{
    // What a job of a rollup names as its hypertable is the view or the table beneath it, by TimescaleDB's version.
    /// <summary>All of <c>timescaledb_information.jobs</c>, and <c>rollup</c>: NULL for those of other relations or of none.</summary>
    public const string All =
        "(SELECT j.*, c.view_name::text AS rollup FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.continuous_aggregates c "
        + "ON c.view_schema = 'public' AND j.hypertable_name IN (c.materialization_hypertable_name, c.view_name))";

    /// <summary>Those that refresh rollups.</summary>
    public const string Refreshes = $"(SELECT * FROM {All} a WHERE proc_name = 'policy_refresh_continuous_aggregate' AND rollup IS NOT NULL)";

    /// <summary>What turns chunks into columns; TimescaleDB has had two names for it.</summary>
    public const string Compression = "policy_compression";

    /// <inheritdoc cref="Compression"/>
    public const string Columnstore = "policy_columnstore";

    /// <summary>Condition of a job that turns chunks into columns.</summary>
    public const string Compresses = $"proc_name IN ('{Compression}', '{Columnstore}')";

    /// <summary>Our procedure that drops what is rolled up.</summary>
    public const string Retention = "drop_rolled_up_chunks";
}
