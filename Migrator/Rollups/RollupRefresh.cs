using System.Collections.Concurrent;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Migrator.Rollups;

/// <summary>
/// Rolls up just what was copied, newest first, level by level: charts of the last days are right first. Which windows the
/// rollups still lack stands in the target, so a pass that was killed before it came to this leaves it to the next one.
/// </summary>
internal static class RollupRefresh
{
    /// <summary>Finest first, each with the span of one refresh: whole buckets of its level.</summary>
    public static readonly (Rollup Rollup, TimeSpan Step)[] Levels =
        [.. Rollup.All.Zip([TimeSpan.FromHours(12), TimeSpan.FromHours(12), TimeSpan.FromDays(60)])];

    /// <summary>As many spans of a level at once as there are connections; a level begins when the finer one is whole.</summary>
    public static async Task RunAsync(IReadOnlyList<NpgsqlConnection> targets, Action<string> progress, CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(targets[0]);
        var windows = await ledger.ToRollUpAsync(cancellationToken);
        if (windows.Count == 0)
            return;
        foreach (var (rollup, step) in Levels)
        {
            var steps = new ConcurrentQueue<DateTime>(windows.SelectMany(w => Steps(w.Start, w.End, step)).Distinct().OrderDescending());
            await Task.WhenAll(targets.Select(async target =>
            {
                // The rows of one step are sorted in memory, not on disk; compiling its statements costs more than they take.
                await target.ExecuteAsync("SET work_mem = '64MB'; SET jit = off", cancellationToken);
                while (steps.TryDequeue(out var start))
                {
                    progress($"rolling up {rollup.Name} from {start:yyyy-MM-dd HH:mm}");
                    await DeadlockRetry.RunAsync(() => target.RefreshAsync(rollup, start, start + step, cancellationToken));
                }

                await target.ExecuteAsync("RESET work_mem; RESET jit", cancellationToken);
            }));
        }

        await ledger.MarkRolledUpAsync(windows.Select(w => w.Start), cancellationToken);
    }

    private static IEnumerable<DateTime> Steps(DateTime start, DateTime end, TimeSpan step)
    {
        for (var at = SourceScan.ChunkStart(start, step); at < end; at += step)
            yield return at;
    }
}
