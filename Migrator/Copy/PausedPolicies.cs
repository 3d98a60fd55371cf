using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Compression, refresh and retention stand still while samples come in. What was paused is kept in a table, so that a run
/// after a crash puts it back; what an operator had paused himself stays so.
/// </summary>
internal static class PausedPolicies
{
    public static async Task PauseAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await PauseWithinAsync(target, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>In the caller's transaction.</summary>
    public static async Task PauseWithinAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        await target.ExecuteAsync(
            """
            INSERT INTO migration_paused_jobs (job_id, next_start)
            SELECT job_id, next_start FROM timescaledb_information.jobs
            WHERE scheduled AND (proc_name IN ('policy_compression', 'policy_columnstore', 'policy_refresh_continuous_aggregate')
                                 OR proc_name = 'drop_rolled_up_chunks')
            ON CONFLICT DO NOTHING
            """, cancellationToken);
        await target.ExecuteAsync(
            """
            SELECT alter_job(p.job_id, scheduled => false)
            FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id
            """, cancellationToken);
    }

    public static async Task RestoreAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);

        // -infinity: it was running when it was paused.
        await target.ExecuteAsync(
            """
            SELECT alter_job(p.job_id, scheduled => true, next_start => nullif(p.next_start, '-infinity'))
            FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id
            """, cancellationToken);
        await target.ExecuteAsync("DELETE FROM migration_paused_jobs", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
