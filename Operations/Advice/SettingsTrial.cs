using LaunchStack.Operations.Backups;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Operations.Advice;

/// <summary>
/// Measures chunk and compression settings on a copy of one chunk in a schema of its own, which goes afterwards. The copy is bounded, so
/// that the embedded database's one session is not held for long.
/// </summary>
internal sealed class SettingsTrial(BackupSource source, TimeProvider time)
{
    private const string Schema = "launchstack_trial";
    private const int MaxRows = 200_000;
    private const int Repetitions = 5;

    // What may stand in the statements: the columns of a sample.
    private static readonly HashSet<string> Columns =
        ["instance_id", "timestamp", .. Measures.All.Select(measure => measure.Column()), "received_at", "deleted_at"];

    private int _running;

    /// <exception cref="RequestException">The settings are not valid, or there is nothing to copy.</exception>
    public async Task<TryResult> RunAsync(TryBody body, double intervalToday, CancellationToken cancellationToken)
    {
        var (segmentBy, orderBy) = (body.SegmentBy ?? ["instance_id"], body.OrderBy ?? ["timestamp DESC"]);
        Check(body, segmentBy, orderBy);
        if (Interlocked.Exchange(ref _running, 1) == 1)
            throw new RequestException(StatusCodes.Status409Conflict, "Another trial is under way.");
        try
        {
            await using var connection = await source.OpenAsync(cancellationToken);
            try
            {
                await connection.ExecuteAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE; CREATE SCHEMA {Schema}", cancellationToken);
                var chunk = await connection.ScalarAsync<string>(
                    """
                    SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
                    WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND range_end <= now() ORDER BY range_start DESC LIMIT 1
                    """, cancellationToken) ?? throw new RequestException(StatusCodes.Status409Conflict, "There is no finished chunk of samples to copy yet.");
                await connection.ExecuteAsync(
                    $"CREATE TABLE {Schema}.rows AS SELECT * FROM {chunk} ORDER BY \"timestamp\", instance_id LIMIT {MaxRows}", cancellationToken);
                return new(
                    chunk, await connection.ScalarAsync<long>($"SELECT count(*) FROM {Schema}.rows", cancellationToken), await MeasureAsync(connection, intervalToday, ["instance_id"], ["timestamp DESC"], cancellationToken),
                    await MeasureAsync(connection, body.ChunkIntervalSeconds ?? intervalToday, segmentBy, orderBy, cancellationToken));
            }
            finally
            {
                if (connection.State == System.Data.ConnectionState.Open)
                    await connection.ExecuteAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE", CancellationToken.None);
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task<TryFigures> MeasureAsync(
        NpgsqlConnection connection, double interval, IReadOnlyList<string> segmentBy, IReadOnlyList<string> orderBy, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS {Schema}.trial;
            CREATE TABLE {Schema}.trial (LIKE public.resource_usage INCLUDING DEFAULTS, UNIQUE (instance_id, "timestamp"));
            SELECT create_hypertable('{Schema}.trial', by_range('timestamp', INTERVAL '{interval:0} seconds'), create_default_indexes => false);
            ALTER TABLE {Schema}.trial SET (timescaledb.enable_columnstore = true, timescaledb.segmentby = '{string.Join(", ", segmentBy)}',
              timescaledb.orderby = '{string.Join(", ", orderBy.Select(Quote))}')
            """, cancellationToken);
        var started = time.GetTimestamp();
        var rows = await connection.ExecuteAsync($"INSERT INTO {Schema}.trial SELECT * FROM {Schema}.rows", cancellationToken);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        var bytes = await SizeAsync();
        var chunks = await connection.QueryAsync($"SELECT c::text FROM show_chunks('{Schema}.trial') c", row => row.GetString(0), cancellationToken);
        // Named in a statement before, never found by the one that compresses (SQLSTATE 55006).
        foreach (var chunk in chunks)
            await connection.ExecuteAsync("SELECT compress_chunk($1::text::regclass)", cancellationToken, chunk);
        await connection.ExecuteAsync($"ANALYZE {Schema}.trial", cancellationToken);

        var times = new List<double>();
        for (var i = 0; i < Repetitions; i++)
        {
            started = time.GetTimestamp();
            await connection.ExecuteAsync(
                $"""
                SELECT time_bucket('5 minutes', "timestamp"), avg(cpu_usage), max(memory_usage) FROM {Schema}.trial
                WHERE instance_id = (SELECT instance_id FROM {Schema}.rows LIMIT 1) GROUP BY 1
                """, cancellationToken);
            times.Add(time.GetElapsedTime(started).TotalMilliseconds);
        }
        return new(bytes, await SizeAsync(), chunks.Count, rows / seconds, times.Order().ElementAt(Repetitions / 2));

        Task<long> SizeAsync() => connection.ScalarAsync<long>($"SELECT hypertable_size('{Schema}.trial')", cancellationToken);
    }

    private static void Check(TryBody body, IReadOnlyList<string> segmentBy, IReadOnlyList<string> orderBy)
    {
        if (body is { ChunkIntervalSeconds: null, SegmentBy: null, OrderBy: null })
            throw new RequestException(StatusCodes.Status400BadRequest, "Name what to try: chunk_interval_seconds, segment_by or order_by.");
        if (body.ChunkIntervalSeconds is { } seconds && (seconds is < 300 or > 31_536_000 || seconds % 300 != 0))
            throw new RequestException(StatusCodes.Status400BadRequest, "chunk_interval_seconds must be a multiple of 300, from 300 to 31536000.");
        if (segmentBy.FirstOrDefault(column => !Columns.Contains(column)) is { } unknown)
            throw new RequestException(StatusCodes.Status400BadRequest, $"segment_by: a sample has no column '{Printable.Of(unknown)}'.");
        if (orderBy.FirstOrDefault(item => !IsOrder(item)) is { } wrong)
            throw new RequestException(StatusCodes.Status400BadRequest, $"order_by: '{Printable.Of(wrong)}' is no column of a sample, with ASC or DESC.");
    }

    private static bool IsOrder(string item) => item.Split(' ') is [var column] ? Columns.Contains(column) : item.Split(' ') is [var c, "ASC" or "DESC"] && Columns.Contains(c);

    private static string Quote(string item) => item.Split(' ') is [var column, var direction] ? $"\"{column}\" {direction}" : $"\"{item}\"";
}
