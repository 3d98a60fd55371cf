using System.Text.Json;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Migration;

/// <summary>Reads the migrator's ledger; changes nothing and takes no lock that the migrator waits for.</summary>
internal sealed class MigrationReader(DatabaseExecutor database)
{
    private const int SamplesOfAReason = 3;

    // As the migrator counts them: the rows without a time, which are the window at -infinity, never get to the rollups.
    private const string ToRollUp = "count(*) FILTER (WHERE done AND NOT rolled_up AND isfinite(window_start))";

    // Windows aim at 100,000 rows: ten years are some tens of thousands of them, and days some thousands.
    private const string Windows =
        $"""
        SELECT CASE WHEN window_start > '-infinity' THEN (window_start AT TIME ZONE 'UTC')::date END AS day, count(*), count(*) FILTER (WHERE done),
               count(*) FILTER (WHERE done AND source_rows <> moved_rows + quarantined_rows), {ToRollUp},
               sum(source_rows)::bigint, sum(moved_rows)::bigint, sum(quarantined_rows)::bigint
        FROM migration_windows GROUP BY day ORDER BY day NULLS FIRST
        """;

    // A rate over the minute before the newest window: a copy that has paused for a night has a rate all the same.
    // Retention stays paused until the cutover: what else is paused, a pass has to put back.
    private const string Run =
        $"""
        SELECT r.source, r.generation, r.started_at, r.copied_at, r.verified_at, r.cutover_at, w.all_windows, w.done, w.to_roll_up,
               rate.rows / nullif(rate.seconds, 0), (w.all_windows - w.done) * rate.seconds / nullif(rate.windows, 0),
               (SELECT count(*) FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id WHERE j.proc_name <> '{RollupJobs.Retention}')
        FROM migration_runs r,
             LATERAL (SELECT count(*) AS all_windows, count(*) FILTER (WHERE done) AS done, {ToRollUp} AS to_roll_up
                      FROM migration_windows) w,
             LATERAL (SELECT sum(source_rows)::float8 AS rows, count(*)::float8 AS windows, extract(epoch FROM max(copied_at) - min(copied_at))::float8 AS seconds
                      FROM migration_windows
                      WHERE copied_at > (SELECT max(copied_at) - interval '1 minute' FROM migration_windows)) rate
        """;

    private const string Tables =
        """
        SELECT table_name, source_rows, moved_rows, quarantined_rows FROM (
          SELECT 0 AS place, table_name, source_rows, moved_rows, quarantined_rows FROM migration_tables
          UNION ALL
          SELECT 1, 'resource_usage', coalesce(sum(source_rows), 0)::bigint, coalesce(sum(moved_rows), 0)::bigint, coalesce(sum(quarantined_rows), 0)::bigint
          FROM migration_windows) t
        ORDER BY place, table_name
        """;

    private const string Quarantine =
        """
        SELECT g.source_table, g.reason, g.rows,
               (SELECT array_agg(s."row"::text) FROM (
                  SELECT q."row" FROM migration_quarantine q
                  WHERE q.source_table = g.source_table AND q.reason = g.reason AND q."row" IS NOT NULL ORDER BY q.id LIMIT $1) s)
        FROM (SELECT source_table, reason, count(*) AS rows FROM migration_quarantine GROUP BY source_table, reason) g
        ORDER BY g.rows DESC, g.source_table, g.reason LIMIT 100
        """;

    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<MigrationState> ReadAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) =>
        {
            // The original's own schema, after a way back, has no ledger.
            if (!await connection.ScalarAsync<bool>("SELECT to_regclass('migration_runs') IS NOT NULL", token)
                || await connection.QueryAsync(Run, RunOf, token) is not [var run])
                return new MigrationState(null, [], [], []);
            return new(
                run,
                await connection.QueryAsync(Tables, row => new MigrationTable(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), token),
                await connection.QueryAsync(
                    Windows,
                    row => new MigrationDay(
                        row.IsDBNull(0) ? null : row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                        row.GetInt64(5), row.GetInt64(6), row.GetInt64(7)),
                    token),
                await connection.QueryAsync(
                    Quarantine,
                    row => new QuarantineReason(
                        row.GetString(0), row.GetString(1), row.GetInt64(2),
                        row.IsDBNull(3) ? [] : [.. row.GetFieldValue<string[]>(3).Select(text => JsonElement.Parse(text))]),
                    token, SamplesOfAReason));
        },
        cancellationToken);

    private static MigrationRunState RunOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2), row.Value<DateTimeOffset>(3), row.Value<DateTimeOffset>(4),
        row.Value<DateTimeOffset>(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.Value<double>(9), row.Value<double>(10), row.GetInt64(11));
}
