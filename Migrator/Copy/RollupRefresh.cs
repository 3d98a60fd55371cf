using System.Collections.Concurrent;
using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>Rolls up just what was copied, newest first, level by level: charts of the last days are right first.</summary>
internal static class RollupRefresh
{
    /// <summary>Finest first, each with the span of one refresh.</summary>
    public static readonly (string Rollup, TimeSpan Step)[] Levels =
    [
        ("resource_usage_5m", TimeSpan.FromDays(1)), ("resource_usage_hourly", TimeSpan.FromDays(10)), ("resource_usage_daily", TimeSpan.FromDays(60)),
    ];

    /// <summary>Over one connection.</summary>
    public static Task RunAsync(NpgsqlConnection target, IReadOnlyCollection<SourceWindow> windows, Action<string> progress, CancellationToken cancellationToken) =>
        RunAsync([target], windows, progress, cancellationToken);

    /// <summary>As many spans of a level at once as there are connections; a level begins when the finer one is whole.</summary>
    public static async Task RunAsync(
        IReadOnlyCollection<NpgsqlConnection> targets, IReadOnlyCollection<SourceWindow> windows, Action<string> progress, CancellationToken cancellationToken)
    {
        foreach (var (rollup, step) in Levels)
        {
            // Whole days hold whole buckets of every level.
            var steps = new ConcurrentQueue<DateTime>(windows.Where(w => !w.IsOutside)
                .SelectMany(w => new[] { SourceScan.ChunkStart(w.Start, step), SourceScan.ChunkStart(w.End.AddTicks(-1), step) })
                .Distinct().OrderDescending());
            await Task.WhenAll(targets.Select(async target =>
            {
                while (steps.TryDequeue(out var start))
                {
                    progress($"rolling up {rollup} from {start:yyyy-MM-dd}");
                    await Deadlock.RetryAsync(() => target.ExecuteAsync(
                        $"CALL refresh_continuous_aggregate('{rollup}', {OriginalReader.Literal(start)}, {OriginalReader.Literal(start + step)})", cancellationToken));
                }
            }));
        }
    }
}
