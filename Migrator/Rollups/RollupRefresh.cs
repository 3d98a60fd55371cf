using LaunchStack.Migrator.Ledger;
using LaunchStack.Usage;
using Npgsql;
using Polly;

namespace LaunchStack.Migrator.Rollups;

/// <summary>
/// Rolls up just what was copied, newest first, level by level: charts of the last days are right first. Which windows the
/// rollups still lack stands in the target, so a pass that was killed before it came to this leaves it to the next one.
/// </summary>
internal static class RollupRefresh
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>
    /// Finest first, each with the shortest and the longest span of one refresh: whole buckets, and one chunk of what it reads, since a
    /// statement locks every chunk.
    /// </summary>
    public static readonly IReadOnlyList<(Rollup Rollup, TimeSpan Unit, TimeSpan Longest)> Levels =
        [.. Rollup.All.Select(rollup => (rollup, rollup.Bucket < Hour ? Hour : rollup.Bucket, (rollup.Finer ?? rollup).Chunk))];

    // A policy's own refresh that began before the policies were paused goes on, minutes perhaps.
    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder().AddRetry(new()
    {
        ShouldHandle = new PredicateBuilder().Handle<PostgresException>(PostgresErrors.IsConcurrentRefresh),
        MaxRetryAttempts = 600,
        Delay = TimeSpan.FromSeconds(1),
    }).Build();

    /// <summary>As many spans of a level at once as there are connections; a level begins when the finer one is whole.</summary>
    public static async Task RunAsync(IReadOnlyList<NpgsqlConnection> targets, Action<string> progress, CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(targets[0]);
        var windows = await ledger.ToRollUpAsync(cancellationToken);
        if (windows.Count == 0)
            return;
        foreach (var (rollup, unit, longest) in Levels)
        {
            await RollupSpans.ForEachAsync(targets, RollupSpans.Cut(windows, unit, rollup.BulkSamples, longest), () => false, (target, span, stop) =>
            {
                progress($"rolling up {rollup.Name} from {span.Start:yyyy-MM-dd HH:mm}");
                return Retry.ExecuteAsync(async token => await target.RefreshAsync(rollup, span.Start, span.End, token), stop).AsTask();
            }, cancellationToken);
        }

        await ledger.MarkRolledUpAsync(windows.Select(w => w.Start), cancellationToken);
    }
}
