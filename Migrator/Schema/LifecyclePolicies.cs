using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>
/// Makes the chunk interval and the policies what the configuration says: adds what is missing, corrects what differs,
/// leaves alone what fits. A policy that an operator has paused stays paused.
/// </summary>
internal sealed class LifecyclePolicies(NpgsqlConnection connection)
{
    private readonly List<string> _changes = [];

    /// <summary>Runs in the transaction of the caller; returns one line a change.</summary>
    public async Task<IReadOnlyList<string>> ApplyAsync(LifecycleOptions lifecycle, CancellationToken cancellationToken)
    {
        await ChunkIntervalAsync(lifecycle.ChunkInterval, cancellationToken);
        await CompressionAsync(lifecycle.CompressAfter, cancellationToken);

        foreach (var rollup in Rollup.All)
            await RefreshAsync(rollup, lifecycle.RefreshOf(rollup), cancellationToken);
        foreach (var rollup in Rollup.All)
            await RetentionAsync(rollup.Source, rollup.Name, lifecycle.RetentionOf(rollup.Finer), cancellationToken);
        return _changes;
    }

    private async Task ChunkIntervalAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        var changed = await connection.ScalarAsync<bool?>(
            """
            SELECT set_chunk_time_interval('resource_usage', $1) IS NOT NULL FROM timescaledb_information.dimensions
            WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND time_interval <> $1
            """, cancellationToken, interval);
        if (changed is not null)
            Changed($"new chunks of resource_usage span {interval}");
    }

    private async Task CompressionAsync(TimeSpan after, CancellationToken cancellationToken)
    {
        var job = await connection.ScalarAsync<int?>(
            $"SELECT job_id FROM timescaledb_information.jobs WHERE hypertable_name = 'resource_usage' AND {RollupJobs.Compresses}",
            cancellationToken);
        if (job is null)
        {
            await connection.ExecuteAsync("CALL add_columnstore_policy('resource_usage', after => $1)", cancellationToken, after);
            Changed($"resource_usage is compressed after {after}");
        }
        else if (await CorrectAsync(job.Value, "compress_after", after, cancellationToken))
        {
            Changed($"resource_usage is compressed after {after}");
        }
    }

    private async Task RefreshAsync(Rollup rollup, TimeSpan window, CancellationToken cancellationToken)
    {
        var (name, bucket) = (rollup.Name, rollup.Bucket);
        // Missing while a bulk copy is under way, which makes it again.
        if (await connection.ScalarAsync<bool>("SELECT to_regclass('public.' || $1) IS NULL", cancellationToken, name))
            return;

        // After a retention was made longer, what the shorter one dropped is still gone; the window widens as time moves on.
        var kept = await connection.ScalarAsync<TimeSpan?>("SELECT now() - dropped_before - $2 FROM retention_progress WHERE relation = $1", cancellationToken, rollup.Source, bucket);
        if (kept < window)
            window = TimeSpan.FromTicks(Math.Max(kept.Value.Ticks, bucket.Ticks * 3));

        var job = await connection.ScalarAsync<int?>($"SELECT job_id FROM {RollupJobs.Refreshes} j WHERE rollup = $1", cancellationToken, name);
        if (job is null)
        {
            // Every bucket length, but at most hourly: a finished day appears in the daily rollup within the hour.
            var every = bucket < LifecycleOptions.Hour ? bucket : LifecycleOptions.Hour;
            await connection.ExecuteAsync(
                "SELECT add_continuous_aggregate_policy($1::text::regclass, start_offset => $2, end_offset => $3, schedule_interval => $4)",
                cancellationToken, name, window, bucket, every);
            Changed($"{name} is refreshed from {window} ago to {bucket} ago");
        }
        else if (await CorrectAsync(job.Value, "start_offset", window, cancellationToken))
        {
            Changed($"{name} is refreshed from {window} ago to {bucket} ago");
        }
    }

    private async Task RetentionAsync(string relation, string rollup, TimeSpan dropAfter, CancellationToken cancellationToken)
    {
        var job = await connection.ScalarAsync<int?>(
            $"SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = '{RollupJobs.Retention}' AND config ->> 'relation' = $1",
            cancellationToken, relation);
        if (job is null)
        {
            await connection.ExecuteAsync(
                $"""
                SELECT add_job('{RollupJobs.Retention}', schedule_interval => $4,
                               config => jsonb_build_object('relation', $1, 'rollup', $2, 'drop_after', $3::text))
                """, cancellationToken, relation, rollup, dropAfter, dropAfter < LifecycleOptions.Day * 7 ? LifecycleOptions.Hour : LifecycleOptions.Day);
            Changed($"{relation} is dropped after {dropAfter}, once {rollup} has it");
        }
        else if (await CorrectAsync(job.Value, "drop_after", dropAfter, cancellationToken) | await CorrectAsync(job.Value, "rollup", rollup, cancellationToken))
        {
            Changed($"{relation} is dropped after {dropAfter}, once {rollup} has it");
        }
    }

    private async Task<bool> CorrectAsync(int job, string key, object value, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool?>(
            $"""
            SELECT (SELECT count(*) FROM alter_job(job_id, config => jsonb_set(config, ARRAY[$2], to_jsonb($3::text)))) > 0
            FROM timescaledb_information.jobs WHERE job_id = $1 AND (config ->> $2)::{(value is TimeSpan ? "interval" : "text")} IS DISTINCT FROM $3
            """, cancellationToken, job, key, value) is not null;

    private void Changed(string line) => _changes.Add(line);
}
