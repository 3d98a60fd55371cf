using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The statements about hypertables and their chunks.</summary>
internal static class RelationReader
{
    // The catalog has kept the sizes of the moment of compression: asking the chunks themselves would wait for compress_chunk.
    // compression_state 2: the hypertables that hold compressed chunks.
    private const string List =
        """
        SELECT coalesce(v.user_view_name, h.table_name)::text, CASE WHEN v.user_view_name IS NULL THEN 'hypertable' ELSE 'rollup' END,
               format('%I.%I', h.schema_name, h.table_name),
               count(c.chunk_name), count(*) FILTER (WHERE c.is_compressed),
               coalesce(z.rows, 0)::bigint, coalesce(z.before, 0)::bigint, coalesce(z.after, 0)::bigint,
               min(c.range_start), max(c.range_end), extract(epoch FROM d.time_interval)::float8,
               (SELECT extract(epoch FROM (j.config ->> 'compress_after')::interval)::float8 FROM timescaledb_information.jobs j
                WHERE (j.config ->> 'hypertable_id')::integer = h.id AND j.config ? 'compress_after' LIMIT 1),
               (SELECT extract(epoch FROM (j.config ->> 'drop_after')::interval)::float8 FROM timescaledb_information.jobs j
                WHERE j.config ? 'drop_after'
                  AND (j.config ->> 'relation' = coalesce(v.user_view_name, h.table_name) OR (j.config ->> 'hypertable_id')::integer = h.id) LIMIT 1)
        FROM _timescaledb_catalog.hypertable h
        LEFT JOIN _timescaledb_catalog.continuous_agg v ON v.mat_hypertable_id = h.id
        LEFT JOIN timescaledb_information.dimensions d
          ON d.hypertable_schema = h.schema_name AND d.hypertable_name = h.table_name AND d.dimension_number = 1
        LEFT JOIN timescaledb_information.chunks c ON c.hypertable_schema = h.schema_name AND c.hypertable_name = h.table_name
        LEFT JOIN LATERAL (
          SELECT sum(uncompressed_heap_size + uncompressed_toast_size + uncompressed_index_size) AS before,
                 sum(compressed_heap_size + compressed_toast_size + compressed_index_size) AS after, sum(numrows_pre_compression) AS rows
          FROM _timescaledb_catalog.compression_chunk_size s JOIN _timescaledb_catalog.chunk k ON k.id = s.chunk_id
          WHERE k.hypertable_id = h.id) z ON true
        WHERE h.compression_state <> 2
        GROUP BY h.id, h.schema_name, h.table_name, v.user_view_name, d.time_interval, z.rows, z.before, z.after
        ORDER BY h.id
        """;

    // The policy's age, one run of it, and a moment for the run.
    private const string Overdue =
        """
        SELECT format('%I.%I', c.chunk_schema, c.chunk_name), coalesce(v.user_view_name, h.table_name)::text, c.range_start, c.range_end,
               extract(epoch FROM now() - c.range_end - (j.config ->> 'compress_after')::interval)::float8
        FROM timescaledb_information.jobs j
        JOIN _timescaledb_catalog.hypertable h ON h.id = (j.config ->> 'hypertable_id')::integer
        LEFT JOIN _timescaledb_catalog.continuous_agg v ON v.mat_hypertable_id = h.id
        JOIN timescaledb_information.chunks c ON c.hypertable_schema = h.schema_name AND c.hypertable_name = h.table_name
        WHERE j.config ? 'compress_after' AND NOT c.is_compressed
          AND c.range_end < now() - (j.config ->> 'compress_after')::interval - j.schedule_interval - interval '5 minutes'
        ORDER BY c.range_end LIMIT 100
        """;

    private const string Open =
        """
        SELECT count(*), coalesce(sum(pg_indexes_size(chunk)), 0)::bigint, coalesce(sum(pg_table_size(chunk)), 0)::bigint
        FROM (SELECT format('%I.%I', chunk_schema, chunk_name)::regclass AS chunk FROM timescaledb_information.chunks
              WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND NOT is_compressed AND range_end > now()) c
        """;

    public static async Task<IReadOnlyList<RelationState>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            List,
            row => new RelationState(
                row.GetString(0), row.GetString(1), row.GetString(2), null, null, null, null, row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
                row.GetInt64(6), row.GetInt64(7), row.Value<DateTimeOffset>(8), row.Value<DateTimeOffset>(9), row.Value<double>(10),
                row.Value<double>(11), row.Value<double>(12)),
            cancellationToken);

    /// <summary>The relation with its sizes and rows.</summary>
    public static async Task<RelationState> SizeAsync(NpgsqlConnection connection, RelationState relation, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            """
            SELECT approximate_row_count($1::text::regclass), table_bytes, index_bytes, toast_bytes
            FROM hypertable_approximate_detailed_size($1::text::regclass)
            """,
            row => relation with
            {
                Rows = row.Value<long>(0) ?? 0,
                TableBytes = row.Value<long>(1) ?? 0,
                IndexBytes = row.Value<long>(2) ?? 0,
                ToastBytes = row.Value<long>(3) ?? 0,
            },
            cancellationToken, relation.Storage))[0];

    public static async Task<IReadOnlyList<OverdueChunk>> OverdueChunksAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            Overdue,
            row => new OverdueChunk(
                row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetDouble(4)),
            cancellationToken);

    public static async Task<OpenChunkState?> OpenChunksAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            Open, row => new OpenChunkState(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellationToken))[0];
}
