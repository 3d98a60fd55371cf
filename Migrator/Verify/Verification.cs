using System.Collections.Concurrent;
using LaunchStack.Contracts;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Rollups;
using LaunchStack.Migrator.Schema;

namespace LaunchStack.Migrator.Verify;

/// <summary>Proves that the target holds what the original holds, by reading both again.</summary>
internal sealed class Verification(MigrationEnvironment environment)
{
    private readonly List<string> _findings = [];

    public async Task<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.verify");
        var started = environment.Time.GetTimestamp();
        await using var context = await MigrationContext.OpenAsync(environment, exclusive: false, MigrationRun.RequireCopied, cancellationToken);
        var quarantine = new Quarantine(context.Target);
        var (differences, relations) = await new RelationVerification(context).RunAsync(cancellationToken);
        _findings.AddRange(differences);
        var (windows, columns) = await CompareSamplesAsync(context, cancellationToken);
        _findings.AddRange(await new TargetChecks(context.Target).RunAsync(cancellationToken));
        context.Progress.Step("comparing the rollups");
        await context.WithTargetsAsync(
            environment.Workers, async targets => _findings.AddRange(await new RollupVerification(targets).RunAsync(cancellationToken)), cancellationToken);
        if (context.Begun.CutoverAt is null)
            _findings.AddRange(await new StraySamples(context.Target).FindAsync(windows, cancellationToken));

        var reasons = await quarantine.ReasonsAsync(context.Original.Samples.Name, cancellationToken);
        var (sourceRows, moved, quarantined) = (windows.Sum(w => w.SourceRows), windows.Sum(w => w.TargetRows), reasons.Values.Sum());
        if (sourceRows != moved + quarantined)
            _findings.Add($"{sourceRows} samples in the original, but {moved} moved and {quarantined} quarantined");
        var report = new VerifyReport(
            _findings.Count == 0, sourceRows, moved, quarantined,
            [.. relations, new(context.Original.Samples.Display, sourceRows, moved, reasons)], columns, windows, _findings, await ExcessesAsync(context, cancellationToken),
            await FailingJob.ListAsync(context.Target, cancellationToken), environment.Time.GetElapsedTime(started));
        await RecordAsync(context, report, cancellationToken);
        return report;
    }

    private static async Task<List<string>> ExcessesAsync(MigrationContext context, CancellationToken cancellationToken) =>
        [.. (await new QuarantineBooks(context.Target).ListAsync(context.Original.Samples.Name, cancellationToken))
            .Where(b => QuarantineLimit.Default.Exceeds(b.Books, b.OnRequest)).Select(b => QuarantineLimit.Default.Describe(b.Books, b.Reasons))];

    private async Task<(List<VerifiedWindow> Windows, List<VerifiedColumn> Columns)> CompareSamplesAsync(
        MigrationContext context, CancellationToken cancellationToken)
    {
        var samples = context.Original.Samples;
        var extras = await context.ExtraColumnsAsync(cancellationToken);
        _findings.AddRange(ExtraColumns.Of(samples).Except(extras.Columns.Select(c => c.Column))
            .Select(c => $"{samples.Name}: the target lacks column {c.Quoted}; run catch-up"));
        var query = context.Original.SampleQuery(extras);
        var scan = await context.ScanAsync(query, cancellationToken);
        var known = await context.Ledger.WindowsAsync(cancellationToken);
        var windows = scan.Windows(context.Begun.ChunkInterval, [.. known.Select(k => (k.Start, k.End))]);

        // Windows that the original has no row in any more still have to be empty in the target.
        var gone = known.Where(k => windows.All(w => w.Start != k.Start)).Select(k => SourceWindow.Gone(k.Start, k.End));
        var rules = await context.RulesAsync(cancellationToken);
        var queue = new ConcurrentQueue<SourceWindow>([.. windows, .. gone]);
        var results = new ConcurrentBag<(VerifiedWindow Window, IReadOnlyList<string> Findings)>();
        var totals = new ConcurrentBag<WindowVerification>();
        context.Progress.Start(windows.Sum(w => w.Rows), 0);
        await context.WithPairsAsync(async (reading, there) =>
        {
            var verification = new WindowVerification(
                context.Reader(reading, query), rules, there, context.Abilities.Copy, context.Begun.CutoverAt);
            totals.Add(verification);
            while (queue.TryDequeue(out var window))
            {
                results.Add(await verification.CompareAsync(window, cancellationToken));
                context.Progress.Add(window.Rows);
            }
        }, cancellationToken);
        context.Progress.Stop();
        _findings.AddRange(results.OrderBy(r => r.Window.Start).SelectMany(r => r.Findings));
        return ([.. results.Select(r => r.Window).OrderBy(w => w.Start)], Columns(totals));
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
            LegacySampleColumns.Names[SampleRow.Cpu + i], column.Shown, there.Columns[i].Shown, column.Matches(there.Columns[i])))];
    }

    private async Task RecordAsync(MigrationContext context, VerifyReport report, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Target.BeginTransactionAsync(cancellationToken);
        await context.Ledger.MarkVerifiedAsync(report.Matches, cancellationToken);
        await OutboxRow.WriteAsync(
            context.Target,
            new DataMigrated(
                report.SourceRows, report.MovedRows, report.QuarantinedRows, report.Matches, report.Duration, environment.Time.GetUtcNow()),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
