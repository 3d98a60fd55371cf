using System.Runtime.CompilerServices;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes to the original what the target has taken in since the cutover: the only part of the migrator that ever writes there.
/// A sample that is there already is left alone, so that a run that was cut short is simply run again.
/// </summary>
internal sealed class ReverseSync(MigrationEnvironment environment, bool allowDeletions = false, bool allowLosses = false)
{
    /// <summary>What forgets in the target that the way back was complete.</summary>
    public const string Again = "UPDATE migration_runs SET returned_at = NULL in the target";

    private const int Named = 5;
    private const int BatchBytes = 4 << 20;

    /// <param name="write">False only counts.</param>
    /// <param name="cancellationToken">Stops between two commits.</param>
    /// <exception cref="RefusedException">There was no cutover, or the original does not take what is to be written.</exception>
    public async Task<RollbackReport> RunAsync(bool write, CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.rollback");
        await using var target = await environment.OpenTargetAsync(cancellationToken);
        var ledger = new MigrationLedger(target);
        if (await ledger.FindRunAsync(cancellationToken) is not { } run)
            throw new RefusedException(
                $"Nothing was ever copied into database {target.Database}. If the services write to another, name that in ConnectionStrings__launchstack.");
        if (run.CutoverAt is not { } cutover)
            throw new RefusedException(
                "There was no cutover into this target: the original lacks nothing. Point ConnectionStrings__launchstack back at it and restart.");
        var samples = await target.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE {BackSample.Since(cutover)} AND deleted_at IS NULL", cancellationToken);
        if (!write)
        {
            // The services are sent there.
            await using var snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
            await DetectAsync(snapshot.Connection, ledger, run, cancellationToken);
            return await CountAsync(target, run, cutover, samples, cancellationToken);
        }

        if (await TargetWrites.ReadOnlyProblemAsync(target, cancellationToken) is { } problem)
            throw new RefusedException($"{problem} Nothing was written: the way back is noted there.");
        await using var turn = await MigrationLock.TakeAsync(target, environment.Time, cancellationToken);
        if (await OpenTransactions.DescribeOfTargetAsync(target, cancellationToken) is { } open)
            throw new RefusedException($"{open}, then run rollback --reverse-sync again. Nothing was written.");
        // Before anything is read: what comes from now on may not be taken along.
        var held = await HeldState.OfTargetAsync(target, BackSample.Since(cutover), cancellationToken);
        if (run.ReturnedAt is { } returned && await IsReturnedAsync(target, run, returned, held, cancellationToken))
            return new(cutover, samples, 0, [], [], [], []) { ReturnedAt = returned };
        await BackSample.RequireSoundAsync(target, BackSample.Since(cutover), cancellationToken);
        await ledger.MarkNotReturnedAsync(cancellationToken);
        var (report, original, extras, facts, triggered) = await WriteAsync(target, run, cutover, samples, cancellationToken);

        environment.Progress.Step("comparing both sides");
        var verified = await VerifyAsync(isLast: false);
        if (verified.Lost.Count > 0)
        {
            environment.Progress.Step($"writing {Counted.Of(verified.Lost.Count, "window")} again that the original lacks or holds otherwise");
            var restored = await RestoreAsync(target, original, extras, facts, verified.Lost, triggered, cancellationToken);
            verified = await VerifyAsync(isLast: true);
            report = report with
            {
                Notes = [.. report.Notes, $"{restored} samples that were moved, and that the original had lost or held otherwise than the target, were written to it again as the target holds them."],
            };
        }

        report = report with
        {
            Notes = [.. report.Notes, .. verified.Notes],
            Losses = allowLosses ? [.. report.Losses, .. verified.Losses] : report.Losses,
            Findings = [.. report.Findings, .. verified.Findings, .. allowLosses ? [] : verified.Losses],
        };
        if (await OpenTransactions.DescribeOfTargetAsync(target, cancellationToken) is { } late)
            report = report with { Findings = [.. report.Findings, $"{late}, then run rollback --reverse-sync again"] };
        if (report.Findings.Count == 0)
            await ledger.MarkReturnedAsync(verified.Held, held, cancellationToken);
        return report;

        async Task<ReverseFindings> VerifyAsync(bool isLast)
        {
            await using var snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
            return await new ReverseVerification(snapshot, original, target, run, cutover, extras, facts, triggered).RunAsync(isLast, cancellationToken);
        }
    }

    private static async Task<RollbackReport> CountAsync(NpgsqlConnection target, MigrationRun run, DateTime cutover, long samples, CancellationToken cancellationToken)
    {
        var report = new RollbackReport(cutover, samples, 0, [], [], [], []);
        if (await target.ScalarAsync<bool>("SELECT now() < $1", cancellationToken, cutover))
            report = report with { Notes = ["The target's clock stands before the cutover: it was ahead then, and more may have come or changed since than is counted. rollback --reverse-sync compares every sample."] };
        if (await OpenTransactions.DescribeOfTargetAsync(target, cancellationToken) is { } open)
            report = report with { Notes = [.. report.Notes, $"{open} before rollback --reverse-sync."] };
        if (run.ReturnedAt is not { } returned)
            return report;
        var then = await new MigrationLedger(target).ReturnedAsync(cancellationToken);
        return then.Here == await HeldState.OfTargetAsync(target, BackSample.Since(cutover), cancellationToken)
            ? report with { ReturnedAt = returned }
            : report with { Notes = [.. report.Notes, $"The way back was complete at {returned:u}, and the target has changed since: what came or changed there after it is not in the original."] };
    }

    /// <summary>True where nothing has come into the target since the way back was complete: whatever the original holds now is its own.</summary>
    /// <exception cref="RefusedException">Both sides have changed since: the target's values would be written over newer ones.</exception>
    private async Task<bool> IsReturnedAsync(
        NpgsqlConnection target, MigrationRun run, DateTime returned, string held, CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(target);
        var then = await ledger.ReturnedAsync(cancellationToken);
        if (then.Here == held)
            return true;
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
        var original = await DetectAsync(snapshot.Connection, ledger, run, cancellationToken);
        var scan = await SourceScan.RunAsync(snapshot, original.SampleQuery(), LegacySampleRules.LatestAt(returned), cancellationToken);
        if (then.There == await HeldState.OfOriginalAsync(snapshot.Connection, original, scan, cancellationToken))
            return false;
        var since = await target.QueryAsync(
            $"SELECT concat('instance ', instance_id, ' at ', \"timestamp\") FROM resource_usage WHERE received_at >= $1 ORDER BY received_at DESC LIMIT {Named}",
            r => r.GetString(0), cancellationToken, returned);
        var rows = await new RelationSync(target, snapshot.Connection, original).CompareAsync(cancellationToken);
        throw new RefusedException(
            $"The way back was complete at {returned:u}. Since then both sides have changed: the original has taken in values of its own, which the target's would be written "
            + $"over. Nothing was written. Came into the target since, or differs: {string.Join("; ", [.. since, .. rows.Take(Named)])}. Stop whatever still writes to the target, and "
            + $"bring the original what it lacks of these by hand. If the target's values are to stand instead: {Again}, then run rollback --reverse-sync again.");
    }

    /// <summary>Writes what came or changed, and compares the relations, over one connection, which is closed again: a role may have no more.</summary>
    private async Task<(RollbackReport Report, OriginalDatabase Original, ExtraColumns Extras, OriginalFacts Facts, HashSet<string> Triggered)> WriteAsync(
        NpgsqlConnection target, MigrationRun run, DateTime cutover, long samples, CancellationToken cancellationToken)
    {
        await using var connection = await OpenOriginalAsync(cancellationToken);
        var original = await DetectAsync(connection, new(target), run, cancellationToken);
        await RequireWritableAsync(connection, original, cancellationToken);
        var unplaced = await UnplacedValues.FindAsync(target, connection, original, BackSample.Since(cutover), cancellationToken);
        var facts = await OriginalFacts.FindAsync(connection, original.Samples, cancellationToken);
        var keys = facts.Ours.Where(c => LegacySampleColumns.NameOf(c.Name) is "instance_id" or "timestamp").ToList();
        if (samples > 0 && keys.Count > 0)
            throw new RefusedException(
                $"{original.Samples.Display} of the original computes {string.Join(", ", keys.Select(c => c.Display))} by itself (GENERATED): {Counted.Of(samples, "sample")} cannot be brought there. "
                + $"Nothing was written. There: {string.Join("; ", keys.Select(c => facts.Opening(original.Samples, c)))}; then run rollback --reverse-sync again.");
        var found = await ExtraColumns.FindAsync(target, original.Samples, (await TargetAbilities.FindAsync(target, cancellationToken)).Copy, cancellationToken);
        var extras = found with { Columns = [.. found.Columns.Where(c => !facts.Computed.Contains(c.Column.Name))] };
        // The samples are read while the quarantine is asked.
        await using var quarantine = await environment.OpenTargetAsync(cancellationToken);
        var writer = new SampleBackWriter(connection, quarantine, original, facts, extras);
        var computed = allowLosses ? [] : await ComputedOtherwiseAsync(target, writer, original.Samples, facts, extras, BackSample.Since(cutover), cancellationToken);
        var sync = new RelationSync(target, connection, original);
        var relations = await sync.WriteAsync(
            allowDeletions, lost =>
            {
                if (!allowLosses)
                    unplaced.Require(computed.Concat(lost));
            }, cancellationToken);
        environment.Progress.Start(samples, 0);
        var written = await WriteSamplesAsync(target, writer, extras, BackSample.Since(cutover), cancellationToken);
        environment.Progress.Stop();
        var notes = await SequenceAdvance.RunAsync(
            connection, original.Samples, [.. extras.Columns.Select(c => c.Column.Name)], cancellationToken);
        return (
            new(
                cutover, samples, written, relations, [.. sync.Notes, .. facts.Notes(original.Samples), .. writer.Notes, .. notes, .. OriginalChecks.ForServices(original)],
                [.. unplaced.Refused, .. unplaced.Usual, .. sync.Losses], await sync.CompareAsync(cancellationToken)),
            original, extras, facts, [.. writer.Triggered]);
    }

    /// <summary>The target holds what was moved, so what of it the original has lost or changed since is no loss.</summary>
    private async Task<long> RestoreAsync(
        NpgsqlConnection target, OriginalDatabase original, ExtraColumns extras, OriginalFacts facts, IReadOnlyList<SourceWindow> windows, HashSet<string> triggered,
        CancellationToken cancellationToken)
    {
        await using var connection = await OpenOriginalAsync(cancellationToken);
        await using var quarantine = await environment.OpenTargetAsync(cancellationToken);
        var writer = new SampleBackWriter(connection, quarantine, original, facts, extras);
        var written = 0L;
        foreach (var window in windows)
            written += await WriteSamplesAsync(
                target, writer, extras, $"\"timestamp\" >= {OriginalReader.Literal(window.Start)} AND \"timestamp\" < {OriginalReader.Literal(window.End)}", cancellationToken);
        triggered.UnionWith(writer.Triggered);
        return written;
    }

    private Task<NpgsqlConnection> OpenOriginalAsync(CancellationToken cancellationToken) => DatabaseConnection.OpenAsync(
        new NpgsqlConnectionStringBuilder(DatabaseConnection.PrepareToWrite(environment.Original)) { Pooling = false }.ConnectionString, environment.Logger, environment.Time,
        cancellationToken);

    /// <exception cref="RefusedException">It is not the one that was moved.</exception>
    private static async Task<OriginalDatabase> DetectAsync(
        NpgsqlConnection connection, MigrationLedger ledger, MigrationRun run, CancellationToken cancellationToken)
    {
        var original = await OriginalDatabase.DetectAsync(connection, cancellationToken);
        await SameOriginal.RequireAsync(connection, original, ledger, run, cancellationToken);
        return original;
    }

    private static async Task RequireWritableAsync(NpgsqlConnection connection, OriginalDatabase original, CancellationToken cancellationToken)
    {
        if (await connection.ScalarAsync<string>("SHOW transaction_read_only", cancellationToken) == "on")
            throw new RefusedException(await connection.ScalarAsync<bool>("SELECT pg_is_in_recovery()", cancellationToken)
                ? "The original cannot be written to: it is a standby; nothing was written. Name its primary in ConnectionStrings__original."
                : $"The original cannot be written to: default_transaction_read_only is on there; nothing was written. {DatabaseConnection.WritableRemedy(connection)}");
        if (await DatabaseConnection.ReplicaProblemAsync(connection, cancellationToken) is { } problem)
            throw new RefusedException($"{problem} Nothing was written.");
        var closed = new List<string>();
        foreach (var table in original.Tables)
        {
            if (!await table.MayAsync(connection, ["SELECT", "INSERT", "UPDATE"], cancellationToken))
                closed.Add(table.Quoted);
        }

        if (closed.Count > 0)
            throw new RefusedException(
                $"User {connection.UserName} may not write to {string.Join(", ", closed)} of the original; nothing was written. "
                + "Name one in ConnectionStrings__original that may, "
                + $"or GRANT SELECT, INSERT, UPDATE ON {string.Join(", ", closed)} TO {OriginalTable.Quote(connection.UserName ?? "")}.");
    }

    private async Task<long> WriteSamplesAsync(
        NpgsqlConnection target, SampleBackWriter writer, ExtraColumns extras, string condition, CancellationToken cancellationToken)
    {
        var written = 0L;
        await foreach (var batch in BatchesAsync(target, extras, condition, cancellationToken))
        {
            written += await writer.WriteAsync(batch, cancellationToken);
            environment.Progress.Add(batch.Count(s => s.Deleted is null));
        }

        return written;
    }

    /// <summary>What samples would be lost, as the original computes it otherwise.</summary>
    private static async Task<IEnumerable<string>> ComputedOtherwiseAsync(
        NpgsqlConnection target, SampleBackWriter writer, OriginalTable samples, OriginalFacts facts, ExtraColumns extras, string condition, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<OriginalColumn, long>();
        if (facts.Ours.Count == 0)
            return [];
        await foreach (var batch in BatchesAsync(target, extras, condition, cancellationToken))
        {
            foreach (var (column, rows) in await writer.ComputedOtherwiseAsync(batch, cancellationToken))
                counts[column] = counts.GetValueOrDefault(column) + rows;
        }

        return counts.Where(c => c.Value > 0).Select(c => UnplacedValues.Computed(samples, facts, c.Key, c.Value));
    }

    private static async IAsyncEnumerable<List<BackSample>> BatchesAsync(
        NpgsqlConnection target, ExtraColumns extras, string condition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(BackSample.Select(extras, condition), target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var more = true; more;)
        {
            var batch = new List<BackSample>();
            for (var bytes = 0; bytes < BatchBytes && (more = await reader.ReadAsync(cancellationToken)); bytes += batch[^1].Bytes)
                batch.Add(BackSample.Read(reader));
            yield return batch;
        }
    }
}
