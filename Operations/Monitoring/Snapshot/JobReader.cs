using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>
/// The statement about jobs. A job's runs are known from two places: the statistics of the database's own workers, and
/// <c>policy_runs</c>, where the aggregator writes those that it runs because there are no workers or because they failed.
/// </summary>
internal static class JobReader
{
    // "cannot drop portal": PostgreSQL of the releases after 15.18 and 17.10 lets a worker of TimescaleDB fail after it has committed
    // its work; such a run counts as done. A run counts as a crash from its start to its end, whether or not it crashes. 15 minutes: how
    // long the aggregator claims a job for (its PolicyStore).
    private const string Sql =
        $"""
        SELECT j.job_id, j.proc_name::text, coalesce(j.config ->> 'relation', j.rollup, j.hypertable_name::text), j.scheduled,
               EXISTS (SELECT FROM migration_paused_jobs m WHERE m.job_id = j.job_id), extract(epoch FROM j.schedule_interval)::float8,
               nullif(greatest(w.last_start, p.finished_at), '-infinity'),
               nullif(greatest(w.last_success, CASE WHEN p.failures = 0 THEN p.finished_at END), '-infinity'),
               CASE WHEN w.job_id IS NOT NULL AND w.total_runs > 0 THEN nullif(w.next_start, '-infinity')
                    ELSE p.finished_at + CASE WHEN p.failures > 0 THEN least(j.schedule_interval, j.retry_period) ELSE j.schedule_interval END END,
               extract(epoch FROM now() - CASE WHEN w.running THEN w.last_start WHEN p.claimed_until > now() THEN p.claimed_until - interval '15 minutes' END)::float8,
               extract(epoch FROM w.usual)::float8,
               CASE WHEN p.failures > 0 AND p.finished_at > coalesce(w.last_success, '-infinity') THEN p.failures
                    WHEN w.failures > 0 AND coalesce(p.finished_at, '-infinity') < w.last_start THEN w.failures ELSE 0 END::bigint,
               CASE WHEN p.failures > 0 THEN p.last_error WHEN NOT w.harmless THEN w.error END
        FROM {RollupJobs.All} j
        LEFT JOIN policy_runs p ON p.job_id = j.job_id
        LEFT JOIN LATERAL (
          SELECT s.job_id, s.last_start, s.next_start, s.total_runs, e.error, e.harmless,
                 CASE WHEN s.total_successes > 0 THEN s.total_duration / s.total_successes WHEN e.harmless THEN s.total_duration_failures / nullif(s.total_failures, 0) END AS usual,
                 a.running,
                 CASE WHEN e.harmless AND NOT s.last_run_success THEN s.last_start ELSE s.last_successful_finish END AS last_success,
                 CASE WHEN e.harmless AND s.consecutive_crashes = a.running::int THEN 0 ELSE s.consecutive_failures + s.consecutive_crashes - a.running::int END AS failures
          FROM _timescaledb_internal.bgw_job_stat s
          CROSS JOIN LATERAL (
            SELECT s.last_finish = '-infinity' AND EXISTS (
              SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%[' || s.job_id || ']') AS running) a
          LEFT JOIN LATERAL (
            SELECT err_message AS error, err_message LIKE 'cannot drop portal%' AS harmless FROM timescaledb_information.job_errors
            WHERE job_id = s.job_id ORDER BY finish_time DESC LIMIT 1) e ON true
          WHERE s.job_id = j.job_id) w ON true
        WHERE j.job_id >= 1000 ORDER BY j.job_id
        """;

    public static async Task<IReadOnlyList<JobState>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            Sql,
            row => new JobState(
                row.GetInt32(0), row.GetString(1), row.Text(2), row.GetBoolean(3), row.GetBoolean(4), row.GetDouble(5), row.Value<DateTimeOffset>(6),
                row.Value<DateTimeOffset>(7), row.Value<DateTimeOffset>(8), row.Value<double>(9), row.Value<double>(10), row.GetInt64(11), row.Text(12)),
            cancellationToken);
}
