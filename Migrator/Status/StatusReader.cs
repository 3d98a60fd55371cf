using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Status;

/// <summary>Reads <see cref="DatabaseStatus"/> from the catalogs; changes nothing.</summary>
internal static class StatusReader
{
    private const string Relations =
        """
        WITH relation(name, hypertable) AS (
          SELECT hypertable_name::text, format('%I.%I', hypertable_schema, hypertable_name)
          FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public'
          UNION ALL
          SELECT view_name::text, format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
          FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'public')
        SELECT r.name, count(c.chunk_name), count(*) FILTER (WHERE c.is_compressed), hypertable_size(r.hypertable::regclass),
               (SELECT d.time_interval FROM timescaledb_information.dimensions d
                WHERE format('%I.%I', d.hypertable_schema, d.hypertable_name) = r.hypertable),
               min(c.range_start), max(c.range_end)
        FROM relation r
        LEFT JOIN timescaledb_information.chunks c ON format('%I.%I', c.hypertable_schema, c.hypertable_name) = r.hypertable
        GROUP BY r.name, r.hypertable
        ORDER BY CASE r.name WHEN 'resource_usage' THEN 0 WHEN 'resource_usage_5m' THEN 1 WHEN 'resource_usage_hourly' THEN 2 ELSE 3 END, r.name
        """;

    private const string Jobs =
        """
        SELECT j.job_id, j.proc_name::text, coalesce(j.config ->> 'relation', c.view_name::text, j.hypertable_name::text), j.schedule_interval::text,
               j.scheduled, j.config::text, s.last_run_status, s.last_successful_finish, j.next_start, coalesce(s.total_failures, 0)
        FROM timescaledb_information.jobs j
        LEFT JOIN timescaledb_information.job_stats s ON s.job_id = j.job_id
        LEFT JOIN timescaledb_information.continuous_aggregates c ON c.materialization_hypertable_name = j.hypertable_name
        WHERE j.job_id >= 1000
        ORDER BY j.job_id
        """;

    private const string Move =
        $"""
        SELECT r.source, r.generation, r.started_at, r.copied_at, r.verified_at, r.cutover_at,
               count(w), count(*) FILTER (WHERE w.done), count(*) FILTER (WHERE w.done AND NOT w.rolled_up AND isfinite(w.window_start)),
               coalesce(sum(w.source_rows), 0)::int8, coalesce(sum(w.moved_rows), 0)::int8, coalesce(sum(w.quarantined_rows), 0)::int8,
               ARRAY(SELECT job_id FROM ({PausedPolicies.Unfinished}) u ORDER BY job_id)
        FROM migration_runs r LEFT JOIN migration_windows w ON true
        GROUP BY r.only_one
        """;

    // The newest script that the statement above relies on.
    private const string MoveScript = "0008-migration";

    public static async Task<DatabaseStatus> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var postgres = await ScalarAsync<string>(connection, "SHOW server_version", cancellationToken);
        var timescale = await ScalarAsync<string>(connection, "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken);
        var applied = await ScalarAsync<bool>(connection, $"SELECT to_regclass('public.{SchemaRunner.Journal}') IS NOT NULL", cancellationToken);
        if (!applied || timescale is null)
            return new(null, postgres!, timescale, [], null, [], [], 0, 0);

        var scripts = await ListAsync(connection, $"SELECT scriptname FROM {SchemaRunner.Journal} ORDER BY scriptname", r => r.GetString(0), cancellationToken);
        var relations = await RelationsAsync(connection, cancellationToken);
        var jobs = await ListAsync(connection, Jobs, r => new JobStatus(
            r.GetInt32(0), r.GetString(1), Text(r, 2), r.GetString(3), r.GetBoolean(4), Text(r, 5), Text(r, 6), Time(r, 7), Time(r, 8), r.GetInt64(9)), cancellationToken);
        var tables = await ListAsync(
            connection, "SELECT table_name, source_rows, moved_rows, quarantined_rows FROM migration_tables ORDER BY copied_at, table_name",
            r => new TableCounts(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)), cancellationToken);
        var moves = !scripts.Contains(MoveScript) ? [] : await ListAsync(connection, Move, r => new MoveStatus(
            r.GetString(0), r.GetInt32(1), Time(r, 2)!.Value, Time(r, 3), Time(r, 4), Time(r, 5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8),
            new("samples", r.GetInt64(9), r.GetInt64(10), r.GetInt64(11)), tables, r.GetFieldValue<int[]>(12)), cancellationToken);
        return new(
            scripts.LastOrDefault(), postgres!, timescale, scripts, moves.SingleOrDefault(), relations, jobs,
            await ScalarAsync<long>(connection, "SELECT count(*) FROM migration_quarantine", cancellationToken),
            await ScalarAsync<long>(connection, "SELECT count(*) FROM outbox", cancellationToken));
    }

    private static async Task<List<RelationStatus>> RelationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const int Attempts = 25;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ListAsync(connection, Relations, r => new RelationStatus(
                    r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.IsDBNull(3) ? 0 : r.GetInt64(3), r.GetTimeSpan(4), Time(r, 5), Time(r, 6)), cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable && attempt < Attempts)
            {
                // hypertable_size asks for chunks by name, and a policy has just replaced one of them; it may go on to the next.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static string? Text(NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);

    // -infinity stands for "never" in the job statistics.
    private static DateTimeOffset? Time(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) || reader.GetFieldValue<DateTime>(ordinal) is var time && (time == DateTime.MinValue || time == DateTime.MaxValue)
            ? null
            : new DateTimeOffset(reader.GetFieldValue<DateTime>(ordinal), TimeSpan.Zero);

    private static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is { } value and not DBNull ? (T)value : default;
    }

    private static async Task<List<T>> ListAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }
}
