using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Verify;

namespace LaunchStack.Migrator.Cutover;

/// <summary>Looks once more whether the target holds all that the original holds, and writes down the moment.</summary>
/// <param name="environment">Where.</param>
/// <param name="limit">How much may stay behind in quarantine.</param>
/// <param name="writesStopped">Nothing writes to the servers behind the original's foreign tables, which cannot be seen from there.</param>
internal sealed class CutoverRunner(MigrationEnvironment environment, QuarantineLimit limit, bool writesStopped = false)
{
    /// <summary>When the cutover was: now, or at an earlier call.</summary>
    /// <exception cref="RefusedException">Not copied, not caught up, not verified, or gone back since; the message says what comes next.</exception>
    public async Task<DateTime> RunAsync(CancellationToken cancellationToken)
    {
        if (await EarlierAsync(cancellationToken) is { } earlier)
            return earlier;
        await using var context = await MigrationContext.OpenAsync(environment, exclusive: true, MigrationRun.RequireOpen, cancellationToken);
        // Who has written and is still open is seen before the state that is compared: what ends in between is in that.
        await RequireNoneOpenAsync(context, cancellationToken);
        await context.Snapshot.RenewAsync(cancellationToken);
        await RequireCaughtUpAsync(context, cancellationToken);
        if (context.Begun.VerifiedAt is null)
            throw new RefusedException("What the target holds now has not been verified. Run verify, then cutover again.");
        if (await RollupScripts.MissingAsync(context.Target, cancellationToken) is { Count: > 0 } missing)
            throw new RefusedException($"The target lacks {string.Join(" and ", missing)}. Run catch-up, which makes it, verify and cutover again.");
        if (await new VerifiedSamples(context).FindAsync(cancellationToken) is { Count: > 0 } findings)
            throw new RefusedException(
                "The target's samples are not any more what verify has seen: somebody else has written to it. Run verify, which names what differs, then "
                + $"catch-up, which copies that again, and verify.{Environment.NewLine}{string.Join(Environment.NewLine, findings)}");
        await RequireLittleQuarantineAsync(context, cancellationToken);
        if (await context.Target.ScalarAsync<bool>($"SELECT EXISTS ({PausedPolicies.Unfinished})", cancellationToken))
            throw new RefusedException("Policies of the target are still paused by a pass that was cut short. Run catch-up, verify and cutover again.");

        await RequireNoneOpenAsync(context, cancellationToken);
        await using var transaction = await context.Target.BeginTransactionAsync(cancellationToken);
        var at = await context.Ledger.MarkCutoverAsync(cancellationToken);
        foreach (var table in context.Original.Relations)
            await context.Ledger.KeepCutoverIdsAsync(table.TargetName, cancellationToken);
        await FutureArrivals.CorrectAsync(context.Target, at, cancellationToken);
        await PausedPolicies.RestoreWithinAsync(context.Target, retention: true, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return at;
    }

    private async Task RequireNoneOpenAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        if (await OpenTransactions.DescribeAsync(context.Snapshot.Connection, context.Original, writesStopped, cancellationToken) is { } open)
            throw new RefusedException($"{open}, then run catch-up, verify and cutover again.");
    }

    private async Task<DateTime?> EarlierAsync(CancellationToken cancellationToken)
    {
        await using var target = await environment.OpenTargetAsync(cancellationToken);
        return MigrationRun.RequireNotReturned(await new MigrationLedger(target).FindRunAsync(cancellationToken))?.CutoverAt;
    }

    private async Task RequireLittleQuarantineAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        var books = await new QuarantineBooks(context.Target).ListAsync(context.Original.Samples.Name, cancellationToken);
        var exceeding = books.Where(b => limit.Exceeds(b.Books, b.OnRequest)).ToList();
        if (exceeding.Count > 0)
            throw new RefusedException(string.Join(Environment.NewLine, exceeding.Select(b => limit.Describe(b.Books, b.Reasons))));
    }

    private static async Task RequireCaughtUpAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        var scan = await context.ScanAsync(context.Original.SampleQuery(), cancellationToken);
        var changed = await ChangedWindows.FindAsync(context, scan, added: null, await context.AdoptedAsync(cancellationToken), cancellationToken);
        var (findings, _) = await new RelationVerification(context).RunAsync(cancellationToken);
        if (changed.Count > 0 || findings.Count > 0)
            throw new RefusedException(
                $"The original has changed since the last pass: {Counted.Of(changed.Count, "window")} with {Counted.Of(changed.Rows, "sample")}"
                + $"{(findings.Count > 0 ? $", and other tables ({findings[0]}{(findings.Count > 1 ? "; …" : "")})" : "")}. "
                + "Stop whatever still writes to it, then run catch-up, verify and cutover again.");
    }
}
