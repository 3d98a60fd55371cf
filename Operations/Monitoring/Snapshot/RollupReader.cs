using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The statement about rollups: their watermark, and the invalidations that have not been worked off although they should be by now.</summary>
internal static class RollupReader
{
    // Of the invalidated ranges only those count that the policy reaches, that are over by a bucket and a run of it, and in which there
    // are samples: the log begins with all of time, and refreshing without samples leaves it so. It has an entry a bucket at times, so
    // they are joined before anything is looked for in them.
    private const string Sql =
        """
        SELECT v.name, v.watermark, extract(epoch FROM now() - v.watermark - v.bucket)::float8, count(r.lower), min(r.lower), max(r.upper),
               CASE WHEN v.scheduled AND max(r.upper) <= v.watermark THEN extract(epoch FROM v.every)::float8 + 60 ELSE 30 END
        FROM (
          SELECT u.position, c.user_view_name::text AS name, c.mat_hypertable_id AS mat, c.raw_hypertable_id AS raw, u.bucket,
                 nullif(greatest(_timescaledb_functions.to_timestamp(w.watermark), '0001-01-02Z'::timestamptz), '0001-01-02Z'::timestamptz) AS watermark,
                 coalesce(j.scheduled, false) AS scheduled, j.schedule_interval AS every,
                 greatest(coalesce(now() - (j.config ->> 'start_offset')::interval + u.bucket, '2000-01-03Z'),
                          (SELECT dropped_before FROM retention_progress WHERE relation = u.source)) AS since,
                 now() - coalesce((j.config ->> 'end_offset')::interval, u.bucket) - u.bucket - coalesce(j.schedule_interval, u.bucket) - interval '1 minute' AS until
          FROM unnest($1::text[], $2::text[], $3::interval[]) WITH ORDINALITY AS u (name, source, bucket, position)
          JOIN _timescaledb_catalog.continuous_agg c ON c.user_view_schema = 'public' AND c.user_view_name = u.name
          LEFT JOIN _timescaledb_catalog.continuous_aggs_watermark w ON w.mat_hypertable_id = c.mat_hypertable_id
          LEFT JOIN timescaledb_information.jobs j
            ON j.proc_name = 'policy_refresh_continuous_aggregate' AND (j.config ->> 'mat_hypertable_id')::integer = c.mat_hypertable_id) v
        LEFT JOIN LATERAL (
          SELECT lower(m) AS lower, upper(m) AS upper FROM unnest((
            SELECT range_agg(tstzrange(date_bin(v.bucket, i.lower, '2000-01-03Z'), date_bin(v.bucket, i.upper, '2000-01-03Z') + v.bucket))
                   * tstzmultirange(tstzrange(v.since, greatest(v.since, v.until)))
            FROM (
              SELECT greatest(to_timestamp(greatest(low, -62135596800000000) / 1e6), v.since) AS lower,
                     least(to_timestamp(least(high, 253370764800000000) / 1e6), v.until) AS upper
              FROM (
                SELECT lowest_modified_value, greatest_modified_value FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
                WHERE hypertable_id = v.raw
                UNION ALL
                SELECT lowest_modified_value, greatest_modified_value FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log
                WHERE materialization_id = v.mat) l (low, high)) i
            WHERE i.lower <= i.upper)) m
          WHERE (SELECT true FROM resource_usage s WHERE s."timestamp" >= lower(m) AND s."timestamp" < upper(m) AND s.deleted_at IS NULL LIMIT 1)
          ORDER BY 1 LIMIT 20) r ON true
        GROUP BY v.position, v.name, v.watermark, v.bucket, v.scheduled, v.every ORDER BY v.position
        """;

    public static async Task<IReadOnlyList<RollupState>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            Sql,
            row => new RollupState(
                row.GetString(0), row.Value<DateTimeOffset>(1), row.Value<double>(2), row.GetInt64(3), row.Value<DateTimeOffset>(4), row.Value<DateTimeOffset>(5))
            {
                Grace = TimeSpan.FromSeconds(row.GetDouble(6)),
            },
            cancellationToken,
            Rollup.All.Select(rollup => rollup.Name).ToArray(), Rollup.All.Select(rollup => rollup.Source).ToArray(),
            new NpgsqlParameter { Value = Rollup.All.Select(rollup => rollup.Bucket).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Interval });
}
