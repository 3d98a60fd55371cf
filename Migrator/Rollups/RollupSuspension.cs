using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Rollups;

/// <summary>
/// TimescaleDB compresses a COPY directly only into a table without continuous aggregates, so the empty rollups of a fresh
/// target are dropped before the bulk copy, and made again by the schema's own scripts after it. Each of the two is one
/// transaction, so a crash leaves either all rollups or none. Where somebody has dropped one, it is made again likewise.
/// </summary>
internal static class RollupSuspension
{
    /// <summary>Leaves them alone when they hold anything: what retention has dropped elsewhere is in them only.</summary>
    public static async Task DropAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if ((await RollupScripts.MissingAsync(target, cancellationToken)).Count > 0)
            return;
        foreach (var rollup in Rollup.All)
        {
            if (await target.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {rollup.Name})", cancellationToken))
                return;
        }

        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await target.ExecuteAsync(
            $"""
            INSERT INTO migration_refresh_policies
            SELECT rollup, scheduled OR EXISTS (SELECT FROM migration_paused_jobs p WHERE p.job_id = j.job_id),
                   schedule_interval, max_runtime, max_retries, retry_period, config FROM {RollupJobs.Refreshes} j
            """, cancellationToken);
        foreach (var rollup in Rollup.All.Reverse())
            await target.ExecuteAsync($"DROP MATERIALIZED VIEW {rollup.Name}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Makes them again, empty, with their policies paused.</summary>
    public static async Task RestoreAsync(NpgsqlConnection target, LifecycleOptions lifecycle, CancellationToken cancellationToken)
    {
        if ((await RollupScripts.MissingAsync(target, cancellationToken)).Count == 0)
            return;
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await RollupScripts.MakeAsync(target, cancellationToken);
        await new LifecyclePolicies(target).ApplyAsync(lifecycle, cancellationToken);

        // The number of the table beneath a rollup is new; everything else is as it was.
        await target.ExecuteAsync(
            $"""
            SELECT alter_job(j.job_id, p.schedule_interval, p.max_runtime, p.max_retries, p.retry_period, p.scheduled,
                             j.config || (p.config - 'mat_hypertable_id'))
            FROM {RollupJobs.Refreshes} j JOIN migration_refresh_policies p USING (rollup)
            """, cancellationToken);
        await target.ExecuteAsync("DELETE FROM migration_refresh_policies", cancellationToken);
        await PausedPolicies.PauseWithinAsync(target, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
