using System.Globalization;
using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>A policy or another job of the target whose last run failed.</summary>
/// <param name="Id">Number of the job.</param>
/// <param name="Procedure">What it runs.</param>
/// <param name="Relation">On which table or rollup; null for none.</param>
/// <param name="Failures">Runs that failed so far; those in a row where the Aggregator runs the jobs.</param>
/// <param name="LastFailure">When the last one ended; null where the server does not tell this user.</param>
/// <param name="Error">Its message, likewise.</param>
internal sealed record FailingJob(int Id, string Procedure, string? Relation, long Failures, DateTime? LastFailure, string? Error)
{
    // policy_runs: what the Aggregator runs where there are no background workers.
    private const string Failing =
        $"""
        SELECT j.job_id, j.proc_name::text, coalesce(j.config ->> 'relation', j.rollup, j.hypertable_name::text),
               f.failures, f.at, f.error
        FROM {RollupJobs.All} j
        JOIN (SELECT s.job_id, s.total_failures AS failures, e.at, e.error
              FROM timescaledb_information.job_stats s
              LEFT JOIN LATERAL (SELECT finish_time AS at, err_message AS error FROM timescaledb_information.job_errors
                                 WHERE job_id = s.job_id ORDER BY finish_time DESC LIMIT 1) e ON true
              WHERE s.last_run_status = 'Failed'
              UNION ALL SELECT job_id, failures, finished_at, last_error FROM policy_runs WHERE failures > 0) f ON f.job_id = j.job_id
        WHERE j.job_id >= 1000
        ORDER BY j.job_id
        """;

    public static async Task<IReadOnlyList<FailingJob>> ListAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await target.QueryAsync(
            Failing,
            r => new FailingJob(r.GetInt32(0), r.GetString(1), r.Text(2), r.GetInt64(3), r.Value<DateTime>(4), r.Text(5)), cancellationToken);

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"job {Id} ({Procedure}{(Relation is null ? "" : $" of {Relation}")}) fails: {Failures} runs, the last {(LastFailure is { } at ? $"at {at:yyyy-MM-dd HH:mm:ss}Z" : "at an unknown time")}: {Error ?? "no message"}");
}
