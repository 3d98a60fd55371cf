using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Npgsql;
using Polly;

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
        ORDER BY r.name <> 'resource_usage', array_position($1, r.name), r.name
        """;

    private const string Jobs =
        $"""
        SELECT j.job_id, j.proc_name::text, coalesce(j.config ->> 'relation', j.rollup, j.hypertable_name::text), j.schedule_interval::text,
               j.scheduled, j.config::text, s.last_run_status, s.last_successful_finish, j.next_start, coalesce(s.total_failures, 0)
        FROM {RollupJobs.All} j
        LEFT JOIN timescaledb_information.job_stats s ON s.job_id = j.job_id
        WHERE j.job_id >= 1000
        ORDER BY j.job_id
        """;

    // hypertable_size asks for chunks by name, and a policy has just replaced one of them; it may go on to the next.
    private static readonly ResiliencePipeline ChunkRetry = new ResiliencePipelineBuilder().AddRetry(new()
    {
        ShouldHandle = new PredicateBuilder().Handle<PostgresException>(error => error.SqlState == PostgresErrorCodes.UndefinedTable),
        MaxRetryAttempts = 24,
        Delay = TimeSpan.FromMilliseconds(200),
    }).Build();

    public static async Task<DatabaseStatus> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await TargetOwner.RequireReadableAsync(connection, cancellationToken);
        var postgres = await connection.ScalarAsync<string>("SHOW server_version", cancellationToken);
        var timescale = await connection.ScalarAsync<string>("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken);
        var applied = await connection.ScalarAsync<bool>($"SELECT to_regclass('public.{SchemaRunner.Journal}') IS NOT NULL", cancellationToken);
        if (!applied || timescale is null)
            return new(null, postgres!, timescale, [], null, [], [], 0, 0);

        var scripts = await connection.QueryAsync(
            $"SELECT scriptname FROM {SchemaRunner.Journal} ORDER BY scriptname", r => r.GetString(0), cancellationToken);
        return new(
            scripts.LastOrDefault(), postgres!, timescale, scripts, await MoveAsync(connection, cancellationToken),
            await RelationsAsync(connection, cancellationToken),
            await connection.QueryAsync(
                Jobs,
                r => new JobStatus(
                    r.GetInt32(0), r.GetString(1), r.Text(2), r.GetString(3), r.GetBoolean(4), r.Text(5), r.Text(6), Time(r, 7),
                    Time(r, 8), r.GetInt64(9)),
                cancellationToken),
            await CountAsync("migration_quarantine"), await CountAsync("outbox"));

        // An older schema has not all.
        async Task<long> CountAsync(string table) => await connection.ScalarAsync<bool>("SELECT to_regclass('public.' || $1) IS NULL", cancellationToken, table) ? 0
            : await connection.ScalarAsync<long>($"SELECT count(*) FROM {table}", cancellationToken);
    }

    private static async Task<MoveStatus?> MoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(connection);
        if (await ledger.FindRunAsync(cancellationToken) is not { } run)
            return null;
        var totals = await ledger.TotalsAsync(cancellationToken);
        var schemas = await ledger.SchemasAsync(cancellationToken);
        var tables = (await new QuarantineBooks(connection).ListAsync(run.Samples.Table, cancellationToken)).ConvertAll(table => new MovedTable(
            $"{OriginalTable.Plain(schemas.GetValueOrDefault(table.Books.Table, run.Samples.Schema))}.{OriginalTable.Plain(table.Books.Table)}",
            table.Books, table.Reasons));
        return new(
            run.Source, run.Generation, await ledger.StartedAtAsync(cancellationToken), run.CopiedAt, run.VerifiedAt, run.CutoverAt, run.ReturnedAt,
            totals.Windows, totals.Done, totals.ToRollUp, tables[^1], tables[..^1],
            await connection.QueryAsync($"SELECT job_id FROM ({PausedPolicies.Unfinished}) u ORDER BY job_id", r => r.GetInt32(0), cancellationToken));
    }

    private static async Task<List<RelationStatus>> RelationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ChunkRetry.ExecuteAsync(
            async token => await connection.QueryAsync(
                Relations,
                r => new RelationStatus(
                    r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.IsDBNull(3) ? 0 : r.GetInt64(3), r.GetTimeSpan(4), Time(r, 5), Time(r, 6)),
                token, (object)Rollup.All.Select(r => r.Name).ToArray()),
            cancellationToken);

    // -infinity stands for "never" in the job statistics.
    private static DateTimeOffset? Time(NpgsqlDataReader reader, int ordinal) =>
        reader.Value<DateTime>(ordinal) is { } time && time != DateTime.MinValue && time != DateTime.MaxValue ? new DateTimeOffset(time, TimeSpan.Zero) : null;
}
