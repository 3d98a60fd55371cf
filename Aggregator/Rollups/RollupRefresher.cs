using LaunchStack.Contracts;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;
using Polly;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>Refreshes rollups where samples were written, finest first, in small steps. Doing it again is harmless.</summary>
internal sealed class RollupRefresher(
    UsageReader reader, RollupStore store, RollupLock rollupLock, RollupOptions options, TimeProvider time)
{
    // The policy of the database is at the same rollup.
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new()
    {
        ShouldHandle = new PredicateBuilder().Handle<PostgresException>(PostgresErrors.IsConcurrentRefresh),
        MaxRetryAttempts = 4,
        BackoffType = DelayBackoffType.Linear,
        Delay = TimeSpan.FromMilliseconds(500),
    }).Build();

    /// <summary>Brings every rollup up to date with the touched windows and returns what was refreshed.</summary>
    public async Task<IReadOnlyList<UsageRolledUp>> RefreshAsync(IReadOnlyList<TimeWindow> touched, CancellationToken cancellationToken)
    {
        var done = new List<UsageRolledUp>();
        var database = await reader.DetectAsync(cancellationToken);
        if (database.Schema == UsageSchema.Legacy)
            return done;

        await rollupLock.RunAsync(database, async () =>
        {
            foreach (var rollup in Rollup.All)
            {
                if (await store.StateAsync(rollup, cancellationToken) is not { Earliest: { } earliest } state)
                    continue;
                // An event may name any time; where there is no sample, there is nothing to roll up.
                var existing = touched.Select(w => w.Clip(earliest, w.To)).Where(w => !w.IsEmpty).ToList();
                foreach (var window in RefreshPlan.Of(rollup, state, existing, time.GetUtcNow() - options.Settle))
                {
                    await StepAsync(rollup, window, rollup.Step, cancellationToken);
                    done.Add(new(rollup.Name, window.From, window.To, time.GetUtcNow()));
                }
            }
        }, cancellationToken);
        return done;
    }

    /// <summary>Refreshes one rollup over a window that a policy names, as far as its source still exists.</summary>
    public async Task CatchUpAsync(Rollup rollup, TimeWindow window, CancellationToken cancellationToken)
    {
        var database = await reader.DetectAsync(cancellationToken);
        await rollupLock.RunAsync(database, async () =>
        {
            if (await store.StateAsync(rollup, cancellationToken) is not { Earliest: { } earliest } state)
                return;
            // A window may begin with time itself, and steps through nothing are statements, too: a thousand of them since 1970.
            foreach (var part in RefreshPlan.Of(rollup, state, [window.Clip(TimeBucket.Floor(earliest, rollup.Bucket), window.To)], window.To))
                await StepAsync(rollup, part, rollup.Step * 8, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Brings every rollup up to date wherever rows have changed, and says up to when; null on the original schema, which has none.</summary>
    public async Task<DateTimeOffset?> RefreshAllAsync(CancellationToken cancellationToken)
    {
        if ((await reader.DetectAsync(cancellationToken)).Schema == UsageSchema.Legacy)
            return null;
        var settled = time.GetUtcNow() - options.Settle;
        foreach (var rollup in Rollup.All)
            await CatchUpAsync(rollup, new(DateTimeOffset.UnixEpoch, settled), cancellationToken);
        return settled;
    }

    private async Task StepAsync(Rollup rollup, TimeWindow window, TimeSpan step, CancellationToken cancellationToken)
    {
        foreach (var part in window.Split(step))
        {
            using var activity = RollupTelemetry.StartRefresh(rollup, part);
            var started = time.GetTimestamp();
            await _retry.ExecuteAsync(async token => await store.RefreshAsync(rollup, part, token), cancellationToken);
            RollupTelemetry.RefreshDuration.Record(time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("rollup", rollup.Name));
        }
    }
}
