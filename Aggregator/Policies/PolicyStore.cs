using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Policies;

/// <summary>Due policies, claimed by lease so that several replicas never run the same one at once, and the books about their runs.</summary>
internal sealed class PolicyStore(NpgsqlDataSource dataSource)
{
    // Longer than any step of a policy; a runner that dies keeps its policy from the others this long.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    // The extension's own chores (telemetry, statistics of a scheduler that does not run) are left out.
    private const string ClaimSql =
        """
        INSERT INTO policy_runs AS r (job_id, claimed_until)
        SELECT j.job_id, now() + $1
        FROM timescaledb_information.jobs j
        LEFT JOIN policy_runs p ON p.job_id = j.job_id
        WHERE j.scheduled AND j.job_id >= 1000
          AND (NOT $2 OR EXISTS (SELECT FROM timescaledb_information.job_stats s WHERE s.job_id = j.job_id AND s.last_run_status = 'Failed'))
          AND (p.job_id IS NULL OR ((p.claimed_until IS NULL OR p.claimed_until < now())
               AND (p.finished_at IS NULL
                    OR p.finished_at + CASE WHEN p.failures > 0 THEN least(j.schedule_interval, j.retry_period) ELSE j.schedule_interval END <= now())))
        ORDER BY p.finished_at NULLS FIRST, j.job_id LIMIT 1
        ON CONFLICT (job_id) DO UPDATE SET claimed_until = excluded.claimed_until
          WHERE r.claimed_until IS NULL OR r.claimed_until < now()
        RETURNING job_id
        """;

    private const string PolicySql =
        $"""
        SELECT j.job_id, j.proc_name, coalesce(j.rollup, j.hypertable_name::text),
               (j.config ->> 'start_offset')::interval, (j.config ->> 'end_offset')::interval, (j.config ->> 'compress_after')::interval
        FROM {RollupJobs.All} j
        WHERE j.job_id = $1
        """;

    /// <summary>The policy that has been due longest, now claimed; null when none is due.</summary>
    /// <param name="failedOnly">Only those whose last run by the database's own worker failed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Policy?> ClaimAsync(bool failedOnly, CancellationToken cancellationToken)
    {
        if (await dataSource.ScalarAsync<int?>(ClaimSql, cancellationToken, Lease, failedOnly) is not { } job)
            return null;
        return (await dataSource.QueryAsync(
            PolicySql,
            row => new Policy(job, row.GetString(1), row.Text(2), row.Value<TimeSpan>(3), row.Value<TimeSpan>(4), row.Value<TimeSpan>(5)),
            cancellationToken, job)).FirstOrDefault();
    }

    /// <summary>Writes down how a run ended and gives the claim back.</summary>
    public Task FinishAsync(int job, string? error, CancellationToken cancellationToken) => dataSource.ExecuteAsync(
        """
        UPDATE policy_runs SET claimed_until = NULL, finished_at = now(), last_error = $2,
                               failures = CASE WHEN $2::text IS NULL THEN 0 ELSE failures + 1 END
        WHERE job_id = $1
        """, cancellationToken, job, error);

    /// <summary>Chunks of raw samples that are old enough to be turned into columns and are not yet, oldest first.</summary>
    public async Task<IReadOnlyList<string>> UncompressedAsync(string hypertable, TimeSpan after, CancellationToken cancellationToken) =>
        await dataSource.QueryAsync(
            """
            SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
            WHERE hypertable_schema = 'public' AND hypertable_name = $1 AND NOT is_compressed AND range_end <= now() - $2
            ORDER BY range_start
            """, row => row.GetString(0), cancellationToken, hypertable, after);

    /// <summary>Turns one chunk into columns; the chunk is named in the statement before, never found by it (SQLSTATE 55006).</summary>
    public async Task CompressAsync(string chunk, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT compress_chunk($1::regclass, if_not_compressed => true)");
        command.CommandTimeout = (int)Lease.TotalSeconds;
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = chunk });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs the job as the scheduler would.</summary>
    public async Task RunAsync(int job, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("CALL run_job($1)");
        command.CommandTimeout = (int)Lease.TotalSeconds;
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = job });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
