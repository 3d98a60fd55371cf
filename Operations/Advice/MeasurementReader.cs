using LaunchStack.Operations.Monitoring.Snapshot;
using LaunchStack.Usage.Database;

namespace LaunchStack.Operations.Advice;

/// <summary>Adds to the last reading what only advice needs.</summary>
internal sealed class MeasurementReader(DatabaseExecutor executor)
{
    // The two newest chunks that have rows: yesterday's whole and today's so far.
    private const string Chunks =
        """
        SELECT coalesce(sum(rows), 0)::float8, coalesce(sum(seconds), 0)::float8, coalesce(sum(indexes), 0)::float8, coalesce(sum(tables), 0)::float8
        FROM (
          SELECT greatest(c.reltuples, 0) AS rows, extract(epoch FROM least(k.range_end, now()) - k.range_start) AS seconds,
                 pg_indexes_size(c.oid) AS indexes, pg_table_size(c.oid) AS tables
          FROM timescaledb_information.chunks k JOIN pg_class c ON c.oid = format('%I.%I', k.chunk_schema, k.chunk_name)::regclass
          WHERE k.hypertable_schema = 'public' AND k.hypertable_name = 'resource_usage' AND NOT k.is_compressed AND c.reltuples > 0 AND k.range_start < now()
          ORDER BY k.range_start DESC LIMIT 2) n
        """;

    private const string Windows =
        $"""
        SELECT rollup, extract(epoch FROM (config ->> 'start_offset')::interval)::float8 FROM {RollupJobs.Refreshes} j
        WHERE config ->> 'start_offset' IS NOT NULL
        """;

    /// <summary>Null while there is too little to measure: no samples, or no reading yet.</summary>
    public Task<Measurements?> ReadAsync(DatabaseSnapshot snapshot, CancellationToken cancellationToken) => executor.ReadAsync(
        async (connection, token) =>
        {
            if (snapshot.Server is null || snapshot.Relations.FirstOrDefault(r => r.Name == "resource_usage") is not { ChunkIntervalSeconds: { } interval } samples)
                return null;
            var (rows, seconds, indexes, tables) = (await connection.QueryAsync(
                Chunks, row => (row.GetDouble(0), row.GetDouble(1), row.GetDouble(2), row.GetDouble(3)), token))[0];
            if (rows < 1000 || seconds < 60)
                return null;
            var windows = await connection.QueryAsync(Windows, row => KeyValuePair.Create(row.GetString(0), row.GetDouble(1)), token);
            return new Measurements(
                rows / seconds,
                await connection.ScalarAsync<long>("SELECT count(*) FROM instances WHERE last_seen_at > now() - interval '1 day'", token),
                (indexes + tables) / rows, indexes / rows, samples.CompressedRows > 0 ? (double)samples.AfterCompressionBytes / samples.CompressedRows : null,
                snapshot.Server.MemoryBytes, snapshot.Disk?.TotalBytes, snapshot.Server.DatabaseBytes - (samples.TotalBytes ?? 0), snapshot.Lateness?.P9999Seconds,
                interval, samples.CompressAfterSeconds, samples.DropAfterSeconds, windows.ToDictionary());
        }, cancellationToken);
}
