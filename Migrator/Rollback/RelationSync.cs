using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Users, instances and payments that came, changed or went after the cutover, written to the original with the columns that both sides
/// have. At the cutover both sides were the same, so whatever differs has changed since.
/// </summary>
internal sealed class RelationSync(NpgsqlConnection target, NpgsqlConnection original, OriginalDatabase database)
{
    // More than that is hardly somebody's clearing up: the target may have lost them. A few are, as long as most of the table stays.
    private const double MaxDeletions = 0.1;
    private const int FewDeletions = 10;
    private const double MaxFewDeletions = 0.5;

    private readonly List<string> _notes = [];
    private readonly List<string> _stays = [];
    private readonly HashSet<(string Table, Guid Id)> _kept = [];
    private readonly HashSet<string> _triggered = [];

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IReadOnlyList<string> Notes => [.. _notes, .. _stays];

    /// <summary>Values that the original computes otherwise than the target has them, with the number of rows.</summary>
    public IReadOnlyList<string> Losses { get; private set; } = [];

    /// <summary>All of it or nothing: a row that the original refuses leaves it as it was.</summary>
    /// <param name="allowDeletions">However many rows were deleted.</param>
    /// <param name="allow">Throws where these <see cref="Losses"/> are not to be.</param>
    /// <param name="cancellationToken">Stops; nothing was written.</param>
    /// <exception cref="RefusedException">The original does not take a row; the message says which and why.</exception>
    public async Task<List<RelationCounts>> WriteAsync(bool allowDeletions, Action<IReadOnlyList<string>> allow, CancellationToken cancellationToken)
    {
        var differences = await DifferencesAsync(allowDeletions, cancellationToken);
        _notes.AddRange(differences.SelectMany(d => d.Facts.Notes(d.Shape.Table)));
        // Before the original has them: whatever happens then, what is deleted here later goes from there too.
        foreach (var difference in differences.Where(d => d.New.Count > 0))
            await new MigrationLedger(target).AddCutoverIdsAsync(difference.Shape.Name, difference.New, cancellationToken);
        while (true)
        {
            if (await TryAsync(differences, sought: null, allow, cancellationToken) is { } counts)
                return counts;
            // What stays keeps its unique values too.
            differences = differences.ConvertAll(d => d with { Deleted = [.. d.Deleted.Where(id => !_kept.Contains((d.Shape.Name, id)))] });
        }
    }

    /// <summary>Null, and nothing is written, when rows turn out to stay.</summary>
    private async Task<List<RelationCounts>?> TryAsync(
        IReadOnlyList<RelationDifference> differences, PostgresException? sought, Action<IReadOnlyList<string>> allow, CancellationToken cancellationToken)
    {
        await using var transaction = await original.BeginTransactionAsync(cancellationToken);
        if (sought is not null)
            await original.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE", cancellationToken);
        var triggers = new TriggerSuspension(original, transaction);
        var writers = new List<RelationBackWriter>();
        foreach (var difference in differences)
        {
            var isExact = difference.New.Count + difference.Changed.Count == 0 || await triggers.SuspendAsync(difference.Shape.Table, cancellationToken);
            writers.Add(new(target, original, difference, isExact, sought));
        }

        await WriteAsync(writers, sought, transaction, cancellationToken);
        // Children first: they may name what goes.
        var kept = new List<(string Relation, Guid Id, string Table, string Column)>();
        foreach (var writer in Enumerable.Reverse(writers))
            kept.AddRange((await writer.DeleteAsync(cancellationToken)).Select(k => (writer.Table.TargetName, k.Id, k.Table, k.Column)));
        if (kept.Count > 0)
        {
            await transaction.RollbackAsync(cancellationToken);
            Keep(kept);
            return null;
        }

        Losses = await LossesAsync(differences, cancellationToken);
        allow(Losses);
        var sequences = new List<string>();
        foreach (var difference in differences.Where(d => d.New.Count + d.Changed.Count > 0))
            sequences.AddRange(await SequenceAdvance.RunAsync(
                original, difference.Shape.Table, [.. difference.Shape.Columns.Select(c => c.Source.Name)], cancellationToken));
        try
        {
            await triggers.RestoreAsync(cancellationToken);
        }
        catch (PostgresException error) when (RelationBackWriter.IsRefusal(error))
        {
            await transaction.RollbackAsync(cancellationToken);
            // A constraint that waits for the end names no row: once more, checked row by row.
            return sought is null
                ? await TryAsync(differences, error, allow, cancellationToken)
                : throw new RefusedException(
                    $"The original refuses what came or changed after the cutover, once all of it is there: {ErrorText.Describe(error)}{Environment.NewLine}"
                    + $"Nothing was written. {Remedy.For(error, differences[^1].Shape.Table)}, then run rollback --reverse-sync again.", error);
        }

        await transaction.CommitAsync(cancellationToken);
        _notes.AddRange(sequences);
        foreach (var writer in writers.Where(w => w.Triggered.Count > 0))
        {
            _triggered.Add(writer.Table.TargetName);
            _notes.Add($"{writer.Table.Display}: triggers of the original have set {string.Join(", ", writer.Triggered)} by themselves.");
        }

        foreach (var writer in writers.Where(w => w.Held.Count > 0))
        {
            _kept.UnionWith(writer.Held.Select(id => (writer.Table.TargetName, id)));
            _notes.Add(
                $"{writer.Held.Count} {writer.Table.TargetName} that were deleted in the target stay in the original, where a trigger, a rule or another row of that id keeps them: "
                + $"{Few(writer.Held)}.");
        }

        return writers.ConvertAll(w => w.Counts);
    }

    /// <summary>A row that names another, or gets a value that another has, is tried again once the others are written.</summary>
    private async Task WriteAsync(
        List<RelationBackWriter> writers, PostgresException? sought, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var (isFreed, isLoose) = (false, false);
        for (var before = int.MaxValue; ;)
        {
            foreach (var writer in writers)
                await writer.WriteAsync(transaction, cancellationToken);
            var pending = writers.Sum(w => w.Pending);
            if (pending == 0)
                return;
            if (pending == before && isLoose)
            {
                var refusals = writers.Select(w => w.Refusal).OfType<RefusedException>().ToList();
                var refusal = refusals.Find(r => r.InnerException is PostgresException cause && cause.ConstraintName == sought?.ConstraintName) ?? refusals[0];
                throw refusal.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken && _stays.Count > 0
                    ? new RefusedException($"{refusal.Message}{Environment.NewLine}Where a row that was deleted has that value: {string.Join(Environment.NewLine, _stays)}", taken)
                    : refusal;
            }

            if (pending == before && isFreed)
            {
                isLoose = true;
                writers.ForEach(w => w.IsLoose = true);
            }
            else if (pending == before)
            {
                isFreed = true;
                foreach (var writer in writers)
                    await writer.FreeKeysAsync(cancellationToken);
            }

            before = pending;
        }
    }

    /// <summary>A line for each row that the original lacks or holds otherwise.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var difference in await FindAsync(cancellationToken))
        {
            var name = difference.Shape.Name;
            findings.AddRange(difference.New.Select(id => $"{name}: {id} is missing in the original"));
            // What a trigger of it has set is no difference.
            if (!_triggered.Contains(name))
                findings.AddRange((await new RelationBackRows(target, original, difference).StillDifferentAsync(cancellationToken))
                    .Select(d => $"{name}: {d.Id} differs in the original ({d.Columns}){(difference.Shape.Table.HasIndexes ? "" : Remedy.OfView(name))}"));
            findings.AddRange(difference.Deleted.Where(id => !_kept.Contains((name, id)))
                .Select(id => $"{name}: {id} was deleted in the target, and is still in the original"));
        }

        return findings;
    }

    private async Task<List<RelationDifference>> FindAsync(CancellationToken cancellationToken)
    {
        var differences = new List<RelationDifference>();
        foreach (var table in database.Relations)
        {
            if (await RelationDifference.FindAsync(original, target, database.Relations, table, cancellationToken) is { } difference)
                differences.Add(difference);
        }

        return differences;
    }

    private async Task<List<RelationDifference>> DifferencesAsync(bool allowDeletions, CancellationToken cancellationToken)
    {
        var differences = await FindAsync(cancellationToken);
        foreach (var difference in differences)
        {
            var all = await new MigrationLedger(target).CutoverRowsAsync(difference.Shape.Name, cancellationToken);
            if (!allowDeletions && difference.Deleted.Count > Math.Max(MaxDeletions * all, Math.Min(FewDeletions, MaxFewDeletions * all)))
                throw new RefusedException(
                    $"{difference.Deleted.Count} of the {all} rows that {difference.Shape.Name} had at the cutover or brought back since are gone from the target. Nothing was written. "
                    + "If they were deleted on purpose, run rollback --reverse-sync --allow-deletions; if the target has lost them, leave them in the "
                    + "original: insert them into the target again, or go back without --reverse-sync.");
        }

        var exact = new List<RelationDifference>();
        foreach (var difference in differences)
        {
            // What the original has filled in by itself is no change.
            var changed = await new RelationBackRows(target, original, difference).StillDifferentAsync(cancellationToken);
            exact.Add(difference with { Changed = changed.ConvertAll(c => c.Id), Unequal = difference.Changed });
        }

        return exact;
    }

    private async Task<List<string>> LossesAsync(IReadOnlyList<RelationDifference> differences, CancellationToken cancellationToken)
    {
        var losses = new List<string>();
        foreach (var difference in differences)
            losses.AddRange((await new RelationBackRows(target, original, difference).ComputedAsync(cancellationToken))
                .Select(c => UnplacedValues.Computed(difference.Shape.Table, difference.Facts, c.Key, c.Value)));
        return losses;
    }

    private void Keep(IEnumerable<(string Relation, Guid Id, string Table, string Column)> kept)
    {
        foreach (var group in kept.GroupBy(k => (k.Relation, k.Table, k.Column)))
        {
            var ids = group.Select(k => k.Id).Where(id => _kept.Add((group.Key.Relation, id))).ToList();
            if (ids.Count > 0)
                _stays.Add(
                    $"{ids.Count} {group.Key.Relation} that were deleted in the target stay in the original, as rows of {group.Key.Table} there name them: "
                    + $"{Few(ids)}. To delete them: DELETE FROM {group.Key.Table} WHERE "
                    + $"{group.Key.Column} = …, then run rollback --reverse-sync again.");
        }
    }

    private static string Few(IReadOnlyList<Guid> ids) => $"{string.Join(", ", ids.Take(3))}{(ids.Count > 3 ? ", …" : "")}";
}
