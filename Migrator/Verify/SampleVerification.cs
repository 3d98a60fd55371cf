using System.Collections.Concurrent;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.Verify;

/// <summary>Compares the samples of both sides, window by window.</summary>
internal sealed class SampleVerification(MigrationContext context)
{
    /// <param name="chosen">The windows to compare.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<(List<VerifiedWindow> Windows, List<VerifiedColumn> Columns, List<string> Findings)> RunAsync(
        Func<SourceWindow, bool> chosen, CancellationToken cancellationToken)
    {
        var samples = context.Original.Samples;
        var extras = await context.ExtraColumnsAsync(cancellationToken);
        var findings = ExtraColumns.Of(samples).Except(extras.Columns.Select(c => c.Column))
            .Select(c => $"{samples.Name}: the target lacks column {c.Quoted}; run catch-up").ToList();
        var query = context.Original.SampleQuery(extras);
        var scan = await context.ScanAsync(query, cancellationToken, versions: false);
        var known = await context.Ledger.WindowsAsync(cancellationToken);
        var windows = scan.Windows(context.Begun.ChunkInterval, [.. known.Select(k => (k.Start, k.End))]);

        var rules = await context.RulesAsync(cancellationToken);
        // Windows that the original has no row in any more still have to be empty in the target.
        var queue = new ConcurrentQueue<SourceWindow>(windows.Concat(LedgerWindow.Gone(known, windows)).Where(chosen));
        var results = new ConcurrentBag<(VerifiedWindow Window, IReadOnlyList<string> Findings)>();
        var totals = new ConcurrentBag<WindowVerification>();
        context.Progress.Start(queue.Sum(w => w.Rows), 0);
        await context.WithPairsAsync(async (reading, there, stop) =>
        {
            var reader = context.Reader(reading, query);
            var verification = new WindowVerification(reader, rules, there, context.Abilities.Copy, context.Begun.CutoverAt, LedgerWindow.EndOf(known));
            totals.Add(verification);
            while (queue.TryDequeue(out var window))
            {
                foreach (var part in await reader.PartsAsync(window, stop))
                    results.Add(await verification.CompareAsync(part, stop));
                context.Progress.Add(window.Rows);
            }
        }, cancellationToken);
        context.Progress.Stop();
        findings.AddRange(results.OrderBy(r => r.Window.Start).SelectMany(r => r.Findings));
        return ([.. results.Select(r => r.Window).OrderBy(w => w.Start)], Columns(totals), findings);
    }

    private static List<VerifiedColumn> Columns(IEnumerable<WindowVerification> workers)
    {
        WindowFigures here = new(), there = new();
        foreach (var worker in workers)
        {
            here.AddColumns(worker.Original);
            there.AddColumns(worker.Target);
        }

        return [.. here.Columns.Select((column, i) => new VerifiedColumn(
            LegacySampleColumns.Names[EncodedSample.FirstMeasure + i], column.Shown, there.Columns[i].Shown, column.Matches(there.Columns[i])))];
    }
}
