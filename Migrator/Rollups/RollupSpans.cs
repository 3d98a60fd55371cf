using System.Collections.Concurrent;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollups;

/// <summary>Cuts what a rollup lacks into spans of about equal work, so that a year of few samples does not cost a year of statements.</summary>
internal static class RollupSpans
{
    /// <summary>Works on spans, one at a time over each connection, until none is left or enough has been found; the failure of one ends all.</summary>
    public static async Task ForEachAsync(
        IReadOnlyList<NpgsqlConnection> targets, IEnumerable<(DateTime Start, DateTime End)> spans, Func<bool> isEnough,
        Func<NpgsqlConnection, (DateTime Start, DateTime End), CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var left = new ConcurrentQueue<(DateTime Start, DateTime End)>(spans);
        await Workers.RunAsync(targets, async (target, stop) =>
        {
            // The rows of one span are sorted in memory, not on disk.
            await target.ExecuteAsync("SET work_mem = '64MB'", stop);
            while (!isEnough() && left.TryDequeue(out var span))
                await work(target, span, stop);
            // After a failure nothing more is done over the connection; a pool resets it.
            await target.ExecuteAsync("RESET work_mem", stop);
        }, cancellationToken);
    }

    /// <summary>Newest first. Spans begin and end on whole units and do not overlap.</summary>
    /// <param name="windows">Times that hold rows, with how many, in any order.</param>
    /// <param name="unit">Shortest span: whole buckets of the rollup.</param>
    /// <param name="rows">A span is cut before the unit that would take it above this.</param>
    /// <param name="longest">Longest span: a statement locks every chunk in it.</param>
    public static IReadOnlyList<(DateTime Start, DateTime End)> Cut(
        IEnumerable<(DateTime Start, DateTime End, long Rows)> windows, TimeSpan unit, long rows, TimeSpan longest)
    {
        var units = new SortedDictionary<DateTime, double>(Comparer<DateTime>.Create((a, b) => b.CompareTo(a)));
        foreach (var window in windows)
        {
            var first = SourceScan.ChunkStart(window.Start, unit);
            var count = (long)Math.Ceiling((window.End - first) / unit);
            for (var at = first; at < window.End; at += unit)
                units[at] = units.GetValueOrDefault(at) + ((double)window.Rows / count);
        }

        var spans = new List<(DateTime Start, DateTime End)>();
        var sum = 0.0;
        foreach (var (at, held) in units)
        {
            if (spans is [.., var last] && sum + held <= rows && last.End - at <= longest)
            {
                spans[^1] = (at, last.End);
                sum += held;
            }
            else
            {
                spans.Add((at, at + unit));
                sum = held;
            }
        }

        return spans;
    }
}
