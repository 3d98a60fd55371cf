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
/// Moves what the original has taken in, changed or lost since the last pass. Rows that came into a window are added to it, where the pass
/// before was this runner's too; a window in which anything else is different is replaced as a whole. Each in one transaction: a crash
/// leaves the window as it was before or as it is now.
/// </summary>
/// <param name="environment">Where.</param>
/// <param name="follow">
/// Passes go on one after another. Rollups are left to the target's own policies, and to a last pass by itself: to roll up a window takes
/// longer than what comes meanwhile may wait.
/// </param>
internal sealed class CatchUpRunner(MigrationEnvironment environment, bool follow = false)
{
    // A tenth of the time; 10,000,000 samples are gone through in some ten passes.
    private static readonly TimeSpan LookElsewhere = TimeSpan.FromMilliseconds(200);

    private readonly FollowedScan _scan = new(environment.Time);

    // Of the last pass that came to its end.
    private List<Guid>? _instances;

    // Asked of the target once: without an index on time alone it reads the newest chunk for it.
    private DateTime? _newest;

    /// <summary>Until the next pass: the newest samples are soon there, and between two passes nothing is done.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(_scan.GoesOn ? 2 : 10);

    /// <summary>The first pass looks at the whole original; the others at the table's end, and for a while at what comes next of the rest.</summary>
    /// <exception cref="RefusedException">There is no finished copy to go on from, or the cutover has been.</exception>
    public Task<CatchUpPass> RunPassAsync(CancellationToken cancellationToken) => RunPassAsync(LookElsewhere, cancellationToken);

    /// <inheritdoc cref="RunPassAsync(CancellationToken)"/>
    /// <param name="elsewhere">For so long.</param>
    /// <param name="cancellationToken">Stops; the next pass, of this process or another, goes on.</param>
    public async Task<CatchUpPass> RunPassAsync(TimeSpan elsewhere, CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.catch-up");
        var started = environment.Time.GetTimestamp();
        await using var context = await MigrationContext.OpenAsync(environment, exclusive: true, MigrationRun.RequireOpen, cancellationToken);
        var (target, original) = (context.Target, context.Original);
        await DeadlockRetry.RunAsync(() => new RelationMove(context).RunAsync(cancellationToken));
        await context.AddColumnsAsync(cancellationToken);
        var query = original.SampleQuery(await context.ExtraColumnsAsync(cancellationToken));
        var scan = await _scan.RunAsync(context.Snapshot, query, context.Latest, elsewhere, cancellationToken);
        var instances = await Instances.ListAsync(target, cancellationToken);
        var adopted = _instances is { } before && before.SequenceEqual(instances) ? [] : await context.AdoptedAsync(cancellationToken);
        var changed = await ChangedWindows.FindAsync(context, scan, _scan.Added, adopted, cancellationToken);

        // What was verified is not what will be there.
        if (changed.Count > 0)
            await context.Ledger.MarkUnverifiedAsync(cancellationToken);
        var copied = await CopyAsync(context, query, context.Rules(instances), changed, cancellationToken);
        _newest = _newest is null
            ? await target.ScalarAsync<DateTime?>("SELECT \"timestamp\" FROM resource_usage ORDER BY \"timestamp\" DESC LIMIT 1", cancellationToken)
            : copied > _newest ? copied : _newest;
        _instances = instances;
        return await ResultAsync(context, changed, environment.Time.GetElapsedTime(started), cancellationToken);
    }

    /// <summary>Time of the newest sample moved; null without any.</summary>
    private async Task<DateTime?> CopyAsync(
        MigrationContext context, LegacySampleQuery query, LegacySampleRules rules, ChangedWindows changed, CancellationToken cancellationToken)
    {
        var copy = new WindowCopy(
            context.Target, context.Reader(context.Snapshot.Connection, query), rules, context.Abilities, environment.Time, directBefore: DateTime.MinValue);
        var others = changed.Others.ToList();
        foreach (var (window, _) in changed.Grown)
        {
            // The policies go on beside it.
            if (!await DeadlockRetry.RunAsync(() => copy.AppendAsync(window, _scan.News, cancellationToken)))
                others.Add(window);
        }

        if (others.Count > 0 || await PausedPolicies.AreUnfinishedAsync(context.Target, cancellationToken)
            || (!follow && (await context.Ledger.ToRollUpAsync(cancellationToken)).Count > 0))
            await PausedPolicies.DuringAsync(context.Target, () => ReplaceAsync(context, copy, others, cancellationToken), cancellationToken);
        return copy.Newest;
    }

    private async Task ReplaceAsync(MigrationContext context, WindowCopy copy, List<SourceWindow> windows, CancellationToken cancellationToken)
    {
        if (windows.Count > 0)
            context.Progress.Start(windows.Sum(w => w.Rows), 0);
        try
        {
            foreach (var window in windows)
            {
                await copy.CopyAsync(window, replace: true, cancellationToken);
                context.Progress.Add(window.Rows);
            }
        }
        finally
        {
            // Following goes on after a failed pass.
            if (windows.Count > 0)
                context.Progress.Stop();
        }

        if (!follow)
            await RollupRefresh.RunAsync([context.Target], context.Progress.Step, cancellationToken);
    }

    private async Task<CatchUpPass> ResultAsync(
        MigrationContext context, ChangedWindows changed, TimeSpan duration, CancellationToken cancellationToken)
    {
        var totals = await context.Ledger.TotalsAsync(cancellationToken);
        return new(
            changed.Count, changed.Rows, totals.MovedRows, totals.QuarantinedRows,
            environment.Time.GetUtcNow().UtcDateTime - _newest, duration);
    }
}
