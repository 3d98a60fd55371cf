using System.Collections.Concurrent;
using LaunchStack.Contracts;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Rollups;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage.Outbox;

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
        var seen = await context.Ledger.VersionAsync(cancellationToken);
        var quarantine = new Quarantine(context.Target);
        var (differences, relations) = await new RelationVerification(context).RunAsync(cancellationToken);
        _findings.AddRange(differences);
        var (windows, columns, faults) = await new SampleVerification(context).RunAsync(_ => true, cancellationToken);
        _findings.AddRange(faults);
        _findings.AddRange(await CheckAsync(context, cancellationToken));
        if (context.Begun.CutoverAt is null)
            _findings.AddRange(await new StraySamples(context.Target).FindAsync(windows, cancellationToken));

        var reasons = await quarantine.ReasonsAsync(context.Original.Samples.Name, cancellationToken);
        var (sourceRows, moved, quarantined) = (windows.Sum(w => w.SourceRows), windows.Sum(w => w.TargetRows), reasons.Values.Sum());
        var differing = windows.FindAll(w => !w.Matches);
        if (sourceRows != moved + quarantined)
        {
            _findings.Add($"{Counted.Of(sourceRows, "sample")} in the original, but {moved} moved and {quarantined} quarantined");
            // Where no window differs, something is missing in quarantine.
            if (differing.Count == 0)
                differing = windows;
        }

        if (context.Begun.CutoverAt is null && differing.Count > 0)
        {
            await context.Ledger.InvalidateAsync([.. differing.Select(w => (w.Start, w.End))], cancellationToken);
            _findings.Add($"The next catch-up copies {Counted.Of(differing.Count, "window")} again, as the original holds it; then run verify again");
        }
        var report = new VerifyReport(
            _findings.Count == 0, sourceRows, moved, quarantined,
            [.. relations, new(context.Original.Samples.Display, sourceRows, moved, reasons)], columns, windows, _findings, await ExcessesAsync(context, cancellationToken),
            await OpenTransactions.DescribeAsync(context.Snapshot.Connection, context.Original, writesStopped: false, cancellationToken),
            await FailingJob.ListAsync(context.Target, cancellationToken), environment.Time.GetElapsedTime(started))
        {
            Scope = context.Begun.CutoverAt is not { } cutover ? null
                : $"The cutover was at {cutover:u}: what was moved up to then is compared, without what the target has taken in or changed by itself since (received_at, "
                + "updated_at). What was deleted there since, or dropped by its retention, is missing, and what changed in the original differs: no pass brings it. Rollups are not compared.",
        };
        return await RecordAsync(context, report, seen, cancellationToken);
    }

    /// <summary>What must hold in the target by itself, beside the rollups where there are connections for it. Since the cutover they follow what comes.</summary>
    private static async Task<List<string>> CheckAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        var isMoving = context.Begun.CutoverAt is null;
        if (await RollupScripts.MissingAsync(context.Target, cancellationToken) is { Count: > 0 } missing)
            return [$"the target lacks {string.Join(" and ", missing)}; run {(isMoving ? "catch-up, which makes and fills what is missing" : "the migrator without a verb, which makes it and says what fills it")}"];
        if (!isMoving)
            return [.. await new TargetChecks(context.Target).RunAsync(isMoving, cancellationToken)];
        context.Progress.Step("comparing the rollups");
        IReadOnlyList<string> checks = [], rollups = [];
        await context.BesideAsync(
            async (target, stop) => checks = await new TargetChecks(target).RunAsync(isMoving, stop),
            async (targets, stop) => rollups = await new RollupVerification(targets).RunAsync(stop), cancellationToken);
        return [.. checks, .. rollups];
    }

    private static async Task<List<string>> ExcessesAsync(MigrationContext context, CancellationToken cancellationToken) =>
        [.. (await new QuarantineBooks(context.Target).ListAsync(context.Original.Samples.Name, cancellationToken))
            .Where(b => QuarantineLimit.Default.Exceeds(b.Books, b.OnRequest)).Select(b => QuarantineLimit.Default.Describe(b.Books, b.Reasons))];

    private async Task<VerifyReport> RecordAsync(MigrationContext context, VerifyReport report, (string Version, string OpenSince) seen, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Target.BeginTransactionAsync(cancellationToken);
        // After the cutover the target goes its own way, and what was verified then stays so.
        if (context.Begun.CutoverAt is null)
        {
            if (!report.Matches)
                await context.Ledger.MarkUnverifiedAsync(cancellationToken);
            else if (!await context.Ledger.MarkVerifiedAsync(seen, cancellationToken))
                report = report with { Matches = false, Findings = ["A pass has written to the target while it was compared: run verify again when none does"] };
        }

        await OutboxTable.InsertAsync(
            context.Target,
            new DataMigrated(
                report.SourceRows, report.MovedRows, report.QuarantinedRows, report.Matches, report.Duration, environment.Time.GetUtcNow()),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }
}
