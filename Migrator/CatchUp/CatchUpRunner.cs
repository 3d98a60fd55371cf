using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Relations;
using LaunchStack.Migrator.Rollups;
using LaunchStack.Migrator.Schema;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>
/// Moves what the original has taken in, changed or lost since the last pass. A window in which anything is different is replaced
/// as a whole, in one transaction: a crash leaves it as it was before or as it is now.
/// </summary>
internal sealed class CatchUpRunner(MigrationEnvironment environment)
{
    /// <exception cref="RefusedException">There is no finished copy to go on from, or the cutover has been.</exception>
    public async Task<CatchUpPass> RunPassAsync(CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.catch-up");
        var started = environment.Time.GetTimestamp();
        await using var context = await MigrationContext.OpenAsync(environment, exclusive: true, MigrationRun.RequireOpen, cancellationToken);
        return await PausedPolicies.DuringAsync(context.Target, () => PassAsync(context, started, cancellationToken), cancellationToken);
    }

    private async Task<CatchUpPass> PassAsync(MigrationContext context, long started, CancellationToken cancellationToken)
    {
        await context.Ledger.RecordLatestAsync(context.Latest, cancellationToken);
        var (target, original) = (context.Target, context.Original);
        await DeadlockRetry.RunAsync(() => new RelationMove(context).RunAsync(cancellationToken));
        await DeadlockRetry.RunAsync(() => ExtraColumns.AddAsync(target, original.Samples, cancellationToken));
        var query = original.SampleQuery(await context.ExtraColumnsAsync(cancellationToken));
        var changed = await ChangedWindows.FindAsync(context, query, cancellationToken);
        if (changed.Count > 0)
        {
            // What was verified is not what will be there.
            await context.Ledger.MarkVerifiedAsync(false, cancellationToken);
            await CopyAsync(context, query, changed, cancellationToken);
        }

        await RollupRefresh.RunAsync([target], context.Progress.Step, cancellationToken);
        return await ResultAsync(context, changed, environment.Time.GetElapsedTime(started), cancellationToken);
    }

    private static async Task CopyAsync(
        MigrationContext context, LegacySampleQuery query, IReadOnlyList<SourceWindow> changed, CancellationToken cancellationToken)
    {
        var copy = new WindowCopy(
            context.Target, context.Reader(context.Snapshot.Connection, query), await context.RulesAsync(cancellationToken), context.Abilities,
            directBefore: DateTime.MinValue);
        context.Progress.Start(changed.Sum(w => w.Rows), 0);
        foreach (var window in changed)
        {
            await copy.CopyAsync(window, replace: true, cancellationToken);
            context.Progress.Add(window.Rows);
        }

        context.Progress.Stop();
    }

    private async Task<CatchUpPass> ResultAsync(
        MigrationContext context, IReadOnlyList<SourceWindow> changed, TimeSpan duration, CancellationToken cancellationToken)
    {
        var totals = await context.Ledger.TotalsAsync(cancellationToken);
        var newest = await context.Target.ScalarAsync<DateTime?>(
            "SELECT \"timestamp\" FROM resource_usage ORDER BY \"timestamp\" DESC LIMIT 1", cancellationToken);
        return new(
            changed.Count, changed.Sum(w => w.Rows), totals.MovedRows, totals.QuarantinedRows,
            environment.Time.GetUtcNow().UtcDateTime - newest, duration);
    }
}
