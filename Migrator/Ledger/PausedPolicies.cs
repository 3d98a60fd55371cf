using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>
/// Compression, refresh and retention stand still while samples come in. What was paused is kept in a table, so that a run
/// after a crash puts it back; what an operator had paused himself stays so. Retention stands still until the cutover: before
/// it, what the original holds must be there to be compared.
/// </summary>
internal static class PausedPolicies
{
    /// <summary>Jobs that are paused by a copy or a pass, which puts them back at its end.</summary>
    public const string Unfinished =
        $"SELECT p.job_id FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id WHERE j.proc_name <> '{RollupJobs.Retention}'";

    /// <inheritdoc cref="DuringAsync{T}"/>
    public static Task DuringAsync(NpgsqlConnection target, Func<Task> work, CancellationToken cancellationToken) => DuringAsync(
        target, async () =>
        {
            await work();
            return true;
        }, cancellationToken);

    /// <summary>Whether a copy or a pass that was cut short has left any so.</summary>
    public static Task<bool> AreUnfinishedAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        target.ScalarAsync<bool>($"SELECT EXISTS ({Unfinished})", cancellationToken);

    /// <summary>Runs <paramref name="work"/> while they stand still; all but retention goes on afterwards, however it ends.</summary>
    public static async Task<T> DuringAsync<T>(NpgsqlConnection target, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await using (var transaction = await target.BeginTransactionAsync(cancellationToken))
        {
            await PauseWithinAsync(target, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        T result;
        try
        {
            result = await work();
        }
        catch
        {
            try
            {
                await RestoreAsync(target);
            }
            catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
            {
                // Mostly the connection is dead, which the work's own error says. The next run puts them back.
            }

            throw;
        }

        await RestoreAsync(target);
        return result;
    }

    private static async Task RestoreAsync(NpgsqlConnection target)
    {
        await using var transaction = await target.BeginTransactionAsync(CancellationToken.None);
        await RestoreWithinAsync(target, retention: false, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>In the caller's transaction.</summary>
    public static async Task PauseWithinAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        await target.ExecuteAsync(
            $"""
            INSERT INTO migration_paused_jobs (job_id, next_start)
            SELECT job_id, next_start FROM timescaledb_information.jobs
            WHERE scheduled AND ({RollupJobs.Compresses} OR proc_name IN ('policy_refresh_continuous_aggregate', '{RollupJobs.Retention}'))
            ON CONFLICT DO NOTHING
            """, cancellationToken);
        await target.ExecuteAsync(
            """
            SELECT alter_job(p.job_id, scheduled => false)
            FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id
            """, cancellationToken);
    }

    /// <summary>In the caller's transaction.</summary>
    public static async Task RestoreWithinAsync(NpgsqlConnection target, bool retention, CancellationToken cancellationToken)
    {
        // -infinity: it was running when it was paused, or is new. The work has just refreshed the rollups; the others may start at once.
        await target.ExecuteAsync(
            $"""
            SELECT alter_job(p.job_id, scheduled => true, next_start => coalesce(
              nullif(p.next_start, '-infinity'), CASE WHEN j.proc_name = 'policy_refresh_continuous_aggregate' THEN now() + j.schedule_interval END))
            FROM migration_paused_jobs p JOIN timescaledb_information.jobs j ON j.job_id = p.job_id
            WHERE $1 OR j.proc_name <> '{RollupJobs.Retention}'
            """, cancellationToken, retention);
        await target.ExecuteAsync(
            $"""
            DELETE FROM migration_paused_jobs p
            WHERE $1 OR NOT EXISTS (SELECT FROM timescaledb_information.jobs j WHERE j.job_id = p.job_id AND j.proc_name = '{RollupJobs.Retention}')
            """, cancellationToken, retention);
    }
}
