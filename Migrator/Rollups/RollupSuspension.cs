using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Rollups;

/// <summary>
/// TimescaleDB compresses a COPY directly only into a table without continuous aggregates, so the empty rollups of a fresh
/// target are dropped before the bulk copy, and made again by the schema's own scripts, those named <c>-rollups</c>, after it. Each of the two is one
/// transaction, so a crash leaves either all rollups or none.
/// </summary>
internal static class RollupSuspension
{
    private const string Policies =
        """
        (SELECT c.view_name::text AS rollup, j.* FROM timescaledb_information.jobs j
         JOIN timescaledb_information.continuous_aggregates c ON c.materialization_hypertable_name = j.hypertable_name OR c.view_name = j.hypertable_name
         WHERE j.proc_name = 'policy_refresh_continuous_aggregate' AND c.view_schema = 'public')
        """;

    /// <summary>Leaves them alone when they hold anything: what retention has dropped elsewhere is in them only.</summary>
    public static async Task DropAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (!await ExistAsync(target, cancellationToken))
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
                   schedule_interval, max_runtime, max_retries, retry_period, config FROM {Policies} j
            """, cancellationToken);
        foreach (var rollup in Rollup.All.Reverse())
            await target.ExecuteAsync($"DROP MATERIALIZED VIEW {rollup.Name}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Makes them again, empty, with their policies paused.</summary>
    public static async Task RestoreAsync(NpgsqlConnection target, LifecycleOptions lifecycle, CancellationToken cancellationToken)
    {
        if (await ExistAsync(target, cancellationToken))
            return;
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        foreach (var script in SchemaScript.All.Where(s => s.Name.EndsWith("-rollups", StringComparison.Ordinal)))
            await target.ExecuteAsync(script.Text, cancellationToken);
        await new LifecyclePolicies(target).ApplyAsync(lifecycle, cancellationToken);

        // The number of the table beneath a rollup is new; everything else is as it was.
        await target.ExecuteAsync(
            $"""
            SELECT alter_job(j.job_id, p.schedule_interval, p.max_runtime, p.max_retries, p.retry_period, p.scheduled,
                             j.config || (p.config - 'mat_hypertable_id'))
            FROM {Policies} j JOIN migration_refresh_policies p USING (rollup)
            """, cancellationToken);
        await target.ExecuteAsync("DELETE FROM migration_refresh_policies", cancellationToken);
        await PausedPolicies.PauseWithinAsync(target, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> ExistAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await target.ScalarAsync<bool>("SELECT to_regclass('public.resource_usage_5m') IS NOT NULL", cancellationToken);
}
