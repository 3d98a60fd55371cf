using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>The statements about rollups.</summary>
internal sealed class RollupStore(NpgsqlDataSource dataSource)
{
    // The watermark of an empty rollup is the smallest time there is.
    private const string StateSql =
        """
        SELECT nullif(greatest(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(c.mat_hypertable_id)),
                               '0001-01-02Z'::timestamptz), '0001-01-02Z'::timestamptz),
               (SELECT dropped_before FROM retention_progress WHERE relation = $2),
               least((SELECT min("timestamp") FROM resource_usage WHERE deleted_at IS NULL),
                     (SELECT min(k.range_start) FROM timescaledb_information.chunks k JOIN timescaledb_information.continuous_aggregates s
                      ON s.materialization_hypertable_schema = k.hypertable_schema AND s.materialization_hypertable_name = k.hypertable_name
                      WHERE s.view_schema = 'public' AND s.view_name = $2))
        FROM _timescaledb_catalog.continuous_agg c
        WHERE c.user_view_schema = 'public' AND c.user_view_name = $1
        """;

    /// <summary>How far <paramref name="rollup"/> stands; null when there is no such rollup, as on the original schema.</summary>
    public async Task<RollupState?> StateAsync(Rollup rollup, CancellationToken cancellationToken) => (await dataSource.QueryAsync(
        StateSql, row => new RollupState(row.Value<DateTimeOffset>(0), row.Value<DateTimeOffset>(1), row.Value<DateTimeOffset>(2)),
        cancellationToken, rollup.Name, rollup.Source)).FirstOrDefault();

    /// <summary>Refreshes one window; nothing happens where no row has changed. Not within a transaction.</summary>
    public async Task RefreshAsync(Rollup rollup, TimeWindow window, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.RefreshAsync(rollup, window.From.UtcDateTime, window.To.UtcDateTime, cancellationToken, TimeSpan.FromMinutes(10));
    }
}
