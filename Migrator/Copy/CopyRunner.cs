using System.Collections.Concurrent;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Relations;
using LaunchStack.Migrator.Rollups;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Moves the original into the target. Every step leaves its mark in the target in the transaction that does it, so the same
/// call goes on after a crash at any point, and does nothing when all is done.
/// </summary>
internal sealed class CopyRunner(MigrationEnvironment environment, CopyOptions options)
{
    public async Task<CopyResult> RunAsync(CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.copy");
        var started = environment.Time.GetTimestamp();
        await Preflight.RequireAsync(environment, cancellationToken);
        await SchemaMigration.ApplyAsync(environment.Target, environment.Lifecycle, environment.Logger, cancellationToken);
        await using var context = await MigrationContext.OpenAsync(
            environment, exclusive: true, MigrationRun.RequireNotCutOver, cancellationToken);
        if (options.QuarantineDeleted && context.Run is { QuarantineDeleted: false })
            throw new RefusedException(
                "This move began without --quarantine-deleted: what it has moved is marked as deleted, not in quarantine. Go on without it, or use an empty target.");
        if (!options.DirectCompress)
            context.Abilities = context.Abilities with { DirectCompress = false };
        context.Progress.Step("looking which times lie where");
        await context.AddColumnsAsync(cancellationToken);
        var query = context.Original.SampleQuery(await context.ExtraColumnsAsync(cancellationToken));
        var scan = await context.ScanAsync(query, cancellationToken);
        if (context.Run is null)
            await context.BeginAsync(await NewRunAsync(context, scan, cancellationToken), cancellationToken);
        return await PausedPolicies.DuringAsync(
            context.Target, () => MoveAsync(context, query, scan, started, cancellationToken), cancellationToken);
    }

    /// <exception cref="RefusedException">The target holds samples of nobody's move, or its server has not what the samples need.</exception>
    private async Task<MigrationRun> NewRunAsync(MigrationContext context, SourceScan scan, CancellationToken cancellationToken)
    {
        if (await context.Target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM resource_usage)", cancellationToken))
            throw new RefusedException(
                "The target's resource_usage holds samples that no move brought. Move into an empty database, before the services start.");
        var interval = await context.Target.ScalarAsync<TimeSpan>(
            """
            SELECT time_interval FROM timescaledb_information.dimensions
            WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage'
            """, cancellationToken);

        // Before the chunk interval is written down: a longer one is a remedy.
        var old = environment.Time.GetUtcNow().UtcDateTime - environment.Lifecycle.CompressAfter;
        var problems = TargetNeeds.Of(scan.Windows(interval, []), interval, scan.Rows, scan.RowsBefore(old)).Problems(
            await TargetNeeds.LocksAsync(context.Target, cancellationToken), await TargetDisk.FreeBytesAsync(context.Target, cancellationToken)).ToList();
        if (problems.Count > 0)
            throw new RefusedException(string.Join(Environment.NewLine, problems));
        return new(
            context.Original.Identity, (context.Original.Samples.Schema, context.Original.Samples.Name), context.Original.Generation, options.QuarantineDeleted, interval, context.Abilities.Copy);
    }

    private async Task<CopyResult> MoveAsync(
        MigrationContext context, LegacySampleQuery query, SourceScan scan, long started, CancellationToken cancellationToken)
    {
        context.Progress.Step("copying users, instances and payments");
        var tables = await DeadlockRetry.RunAsync(() => new RelationMove(context).RunAsync(cancellationToken));
        var known = await context.Ledger.WindowsAsync(cancellationToken);
        var windows = scan.Windows(context.Begun.ChunkInterval, [.. known.Select(w => (w.Start, w.End))]);
        await context.Ledger.AddWindowsAsync(windows, cancellationToken);
        var done = known.Where(w => w.Done).Select(w => w.Start).ToHashSet();
        // What a run before entered, and the original has no row in any more, is done with none.
        var pending = windows.Concat(LedgerWindow.Gone(known, windows)).Where(w => !done.Contains(w.Start)).ToList();

        // What was verified is not what will be there.
        if (pending.Count > 0)
            await context.Ledger.MarkUnverifiedAsync(cancellationToken);
        if (context.Begun is { Bulk: true, CopiedAt: null } && pending.Count > 0)
        {
            await DeadlockRetry.RunAsync(() => RollupSuspension.DropAsync(context.Target, cancellationToken));
            await DeadlockRetry.RunAsync(() => SampleKey.DropAsync(context.Target, cancellationToken));
            await DeadlockRetry.RunAsync(() => context.Target.ExecuteAsync("SELECT track_usage_changes(false)", cancellationToken));
        }

        context.Progress.Start(scan.Rows, scan.Rows - pending.Sum(w => w.Rows));
        await CopyWindowsAsync(context, query, pending, cancellationToken);
        context.Progress.Stop();

        await SampleKey.ProveAsync(context, cancellationToken);
        await DeadlockRetry.RunAsync(() => context.Target.ExecuteAsync("SELECT track_usage_changes(true)", cancellationToken));
        await DeadlockRetry.RunAsync(() => RollupSuspension.RestoreAsync(context.Target, environment.Lifecycle, cancellationToken));
        // Both read the samples only.
        await context.BesideAsync(
            (target, stop) => DeadlockRetry.RunAsync(() => SampleKey.BuildAsync(target, stop)),
            (targets, stop) => RollupRefresh.RunAsync(targets, context.Progress.Step, stop), cancellationToken);
        await context.Ledger.MarkCopiedAsync(cancellationToken);
        return await ResultAsync(context, tables, pending, environment.Time.GetElapsedTime(started), cancellationToken);
    }

    private async Task CopyWindowsAsync(
        MigrationContext context, LegacySampleQuery query, List<SourceWindow> pending, CancellationToken cancellationToken)
    {
        var rules = await context.RulesAsync(cancellationToken);
        var (run, now) = (context.Begun, environment.Time.GetUtcNow().UtcDateTime);
        var compression = new ChunkCompression(run.ChunkInterval, now - environment.Lifecycle.CompressAfter, context.Progress);

        // A chunk belongs to one worker: two that compress into the same one would wait for each other.
        var chunks = new ConcurrentQueue<SourceWindow[]>(pending
            .GroupBy(w => w.IsOutside ? w.Start : SourceScan.ChunkStart(w.Start, run.ChunkInterval))
            .OrderByDescending(g => g.Key).Select(g => g.ToArray()));
        await context.WithPairsAsync(async (reading, writing, stop) =>
        {
            var copy = new WindowCopy(
                writing, context.Reader(reading, query), rules, context.Abilities, environment.Time,
                directBefore: run.Bulk ? SourceScan.ChunkStart(now, run.ChunkInterval) : DateTime.MinValue);
            while (chunks.TryDequeue(out var chunk))
            {
                var isPlain = false;
                foreach (var window in chunk)
                {
                    isPlain |= await copy.CopyAsync(window, replace: false, stop) && !copy.WentDirect;
                    context.Progress.Add(window.Rows);
                }

                if (isPlain && !chunk[0].IsOutside)
                    await compression.RunAsync(writing, chunk[0].Start, stop);
            }
        }, cancellationToken);
    }

    private static async Task<CopyResult> ResultAsync(
        MigrationContext context, List<TableCounts> tables, List<SourceWindow> copied, TimeSpan duration, CancellationToken cancellationToken)
    {
        var totals = await context.Ledger.TotalsAsync(cancellationToken);
        var samples = new TableCounts(context.Original.Samples.Name, totals.SourceRows, totals.MovedRows, totals.QuarantinedRows);
        return new(
            context.Original.Generation, [.. tables, samples], await context.Ledger.MethodsAsync(cancellationToken), totals.RedatedRows,
            copied.Count, copied.Sum(w => w.Rows), duration);
    }
}
