using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>
/// Measures how late samples come by reading what came since the last time: rows lie in the order in which they came, so the new ones
/// of a chunk fill its last pages. Exact enough, since space is reused only where rows were deleted, and its cost follows the arrivals
/// instead of the size of the table.
/// </summary>
internal sealed class LatenessReader(TimeProvider time)
{
    /// <summary>Upper bounds of the buckets in seconds.</summary>
    public static readonly double[] Bounds = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400, 604_800];

    // 500 pages hold some 40,000 samples; more within one interval are measured by the last of them.
    private const long MaxPages = 500;
    private const int LateFrom = 7;
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    // Chunks in rows, and those in columns to which rows have been added: bits 1 and 8 of the status. The catalog names a chunk by
    // schema and table up to 2.2x and by relid later.
    private const string Chunks =
        """
        SELECT chunk::text, pg_relation_size(chunk) / current_setting('block_size')::bigint
        FROM (SELECT coalesce(to_jsonb(k) ->> 'relid', format('%I.%I', to_jsonb(k) ->> 'schema_name', to_jsonb(k) ->> 'table_name'))::regclass AS chunk
              FROM _timescaledb_catalog.chunk k JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
              WHERE h.schema_name = 'public' AND h.table_name = 'resource_usage' AND (k.status & 1 = 0 OR k.status & 8 = 8)
                AND NOT coalesce((to_jsonb(k) ->> 'dropped')::boolean, false)
              ORDER BY k.id DESC LIMIT 20) c
        """;

    private readonly Dictionary<string, long> _read = [];
    private readonly long[] _counts = new long[Bounds.Length + 1];
    private readonly Queue<(long At, long Samples, long Late)> _recent = new();
    private double _max;

    public async Task<LatenessState?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (samples, late) = (0L, 0L);
        var isFirst = _recent.Count == 0;
        foreach (var (chunk, pages) in await connection.QueryAsync(Chunks, row => (row.GetString(0), row.GetInt64(1)), cancellationToken))
        {
            // The last page is still filling.
            var end = Math.Max(0, pages - 1);
            var start = Math.Max(_read.GetValueOrDefault(chunk), end - MaxPages);
            if (start >= end)
                continue;
            foreach (var (bucket, count, max) in await connection.QueryAsync(
                $"""
                SELECT width_bucket(extract(epoch FROM received_at - "timestamp")::float8 - 1e-6, $1::float8[]), count(*),
                       max(extract(epoch FROM received_at - "timestamp"))::float8
                FROM {chunk} WHERE ctid >= '({start},0)'::tid AND ctid < '({end},0)'::tid AND received_at > "timestamp" GROUP BY 1
                """,
                row => (row.GetInt32(0), row.GetInt64(1), row.GetDouble(2)), cancellationToken, Bounds))
            {
                _counts[bucket] += count;
                _max = Math.Max(_max, max);
                samples += count;
                late += bucket >= LateFrom ? count : 0;
                DatabaseTelemetry.RecordLateness(bucket < Bounds.Length ? Bounds[bucket] : max, count);
            }
            _read[chunk] = end;
        }

        var now = time.GetTimestamp();
        // What was there at the start came at some time before.
        _recent.Enqueue(isFirst ? (now, 0, 0) : (now, samples, late));
        while (time.GetElapsedTime(_recent.Peek().At, now) > Recent)
            _recent.Dequeue();
        return _counts.Sum() == 0
            ? null
            : new(
                _counts.Sum(), Quantile(0.5), Quantile(0.99), Quantile(0.9999), _max, _recent.Sum(r => r.Samples), _recent.Sum(r => r.Late),
                [.. _counts.Select((count, i) => new LatenessBucket(i < Bounds.Length ? Bounds[i] : null, count))]);
    }

    private double Quantile(double share)
    {
        var (wanted, sum) = ((long)Math.Ceiling(_counts.Sum() * share), 0L);
        for (var i = 0; i < Bounds.Length; i++)
        {
            sum += _counts[i];
            if (sum >= wanted)
                return Math.Min(Bounds[i], _max);
        }
        return _max;
    }
}
