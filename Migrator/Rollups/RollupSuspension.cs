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
                   schedule_interval, max_runtime, max_retries, retry_period, config FROM {RollupJobs.Refreshes} j
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
            FROM {RollupJobs.Refreshes} j JOIN migration_refresh_policies p USING (rollup)
            """, cancellationToken);
        await target.ExecuteAsync("DELETE FROM migration_refresh_policies", cancellationToken);
        await PausedPolicies.PauseWithinAsync(target, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> ExistAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var there = await target.QueryAsync(
            "SELECT name FROM unnest($1) name WHERE to_regclass('public.' || name) IS NOT NULL", row => row.GetString(0), cancellationToken,
            (object)Rollup.All.Select(r => r.Name).ToArray());
        if (there.Count == 0 || there.Count == Rollup.All.Count)
            return there.Count > 0;
        throw new SchemaException(
            $"The target lacks {string.Join(" and ", Rollup.All.Select(r => r.Name).Except(there))}, and has other rollups. Drop those too and run copy again, "
            + $"which makes all of them: {string.Join("; ", there.AsEnumerable().Reverse().Select(name => $"DROP MATERIALIZED VIEW {name}"))}");
    }
}
