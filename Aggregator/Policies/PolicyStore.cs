using Npgsql;
using NpgsqlTypes;

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
        """
        SELECT j.job_id, j.proc_name, coalesce(c.view_name, j.hypertable_name)::text,
               (j.config ->> 'start_offset')::interval, (j.config ->> 'end_offset')::interval, (j.config ->> 'compress_after')::interval
        FROM timescaledb_information.jobs j
        LEFT JOIN timescaledb_information.continuous_aggregates c ON c.materialization_hypertable_name = j.hypertable_name
        WHERE j.job_id = $1
        """;

    /// <summary>The policy that has been due longest, now claimed; null when none is due.</summary>
    /// <param name="failedOnly">Only those whose last run by the database's own worker failed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Policy?> ClaimAsync(bool failedOnly, CancellationToken cancellationToken)
    {
        await using var claim = dataSource.CreateCommand(ClaimSql);
        claim.Parameters.Add(new() { Value = Lease, NpgsqlDbType = NpgsqlDbType.Interval });
        claim.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = failedOnly });
        if (await claim.ExecuteScalarAsync(cancellationToken) is not int job)
            return null;

        await using var read = Command(PolicySql, job);
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        return new(job, reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), Span(3), Span(4), Span(5));

        TimeSpan? Span(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<TimeSpan>(column);
    }

    /// <summary>Writes down how a run ended and gives the claim back.</summary>
    public async Task FinishAsync(int job, string? error, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            UPDATE policy_runs SET claimed_until = NULL, finished_at = now(), last_error = $2,
                                   failures = CASE WHEN $2 IS NULL THEN 0 ELSE failures + 1 END
            WHERE job_id = $1
            """, job);
        command.Parameters.Add(new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Chunks of raw samples that are old enough to be turned into columns and are not yet, oldest first.</summary>
    public async Task<IReadOnlyList<string>> UncompressedAsync(string hypertable, TimeSpan after, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
            WHERE hypertable_schema = 'public' AND hypertable_name = $1 AND NOT is_compressed AND range_end <= now() - $2
            ORDER BY range_start
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = hypertable });
        command.Parameters.Add(new() { Value = after, NpgsqlDbType = NpgsqlDbType.Interval });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var chunks = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            chunks.Add(reader.GetString(0));
        return chunks;
    }

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
        await using var command = Command("CALL run_job($1)", job);
        command.CommandTimeout = (int)Lease.TotalSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, int job)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = job });
        return command;
    }
}
