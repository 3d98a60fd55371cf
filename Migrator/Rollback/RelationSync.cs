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
    // More than that is hardly somebody's clearing up: the target may have lost them.
    private const int FewDeletions = 10;
    private const double MostDeletions = 0.1;

    private readonly List<string> _notes = [];
    private readonly HashSet<(string Table, Guid Id)> _kept = [];
    private readonly HashSet<string> _triggered = [];

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>All of it or nothing: a row that the original refuses leaves it as it was.</summary>
    /// <param name="allowDeletions">However many rows were deleted.</param>
    /// <param name="cancellationToken">Stops; nothing was written.</param>
    /// <exception cref="RefusedException">The original does not take a row; the message says which and why.</exception>
    public async Task<List<RelationCounts>> WriteAsync(bool allowDeletions, CancellationToken cancellationToken)
    {
        await using var transaction = await original.BeginTransactionAsync(cancellationToken);
        var triggers = new TriggerSuspension(original, transaction);
        var writers = new List<RelationBackWriter>();
        foreach (var difference in await DifferencesAsync(allowDeletions, cancellationToken))
        {
            var isExact = difference.New.Count + difference.Changed.Count == 0 || await triggers.SuspendAsync(difference.Shape.Table, cancellationToken);
            writers.Add(new(target, original, difference, isExact));
        }

        foreach (var writer in writers)
            await writer.FreeKeysAsync(cancellationToken);
        foreach (var writer in writers)
            await writer.WriteAsync(cancellationToken);
        // Children first: they may name what goes.
        foreach (var writer in Enumerable.Reverse(writers))
            await writer.DeleteAsync(cancellationToken);
        await triggers.RestoreAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var writer in writers.Where(w => w.Triggered.Count > 0))
        {
            _triggered.Add(writer.Table.TargetName);
            _notes.Add($"{writer.Table.Display}: triggers of the original have set {string.Join(", ", writer.Triggered)} by themselves.");
        }

        return writers.ConvertAll(w => w.Counts);
    }

    /// <summary>A line for each row that the original lacks or holds otherwise.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var difference in await FindAsync(cancellationToken))
        {
            var name = difference.Shape.Name;
            findings.AddRange(difference.New.Select(id => $"{name}: {id} is missing in the original"));
            var writer = new RelationBackWriter(target, original, difference, isExact: !_triggered.Contains(name));
            findings.AddRange((await writer.StillDifferentAsync(cancellationToken)).Select(id => $"{name}: {id} differs in the original"));
            findings.AddRange(difference.Deleted.Where(id => !_kept.Contains((name, id)))
                .Select(id => $"{name}: {id} was deleted in the target, and is still in the original"));
        }

        return findings;
    }

    private async Task<List<RelationDifference>> FindAsync(CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(target);
        var differences = new List<RelationDifference>();
        foreach (var table in database.Relations)
        {
            var atCutover = await ledger.CutoverIdsAsync(table.TargetName, cancellationToken);
            if (await RelationDifference.FindAsync(original, target, table, atCutover, cancellationToken) is { } difference)
                differences.Add(difference);
        }

        return differences;
    }

    private async Task<List<RelationDifference>> DifferencesAsync(bool allowDeletions, CancellationToken cancellationToken)
    {
        var differences = await FindAsync(cancellationToken);
        foreach (var difference in differences)
        {
            var all = (await new MigrationLedger(target).CutoverIdsAsync(difference.Shape.Name, cancellationToken)).Count;
            if (!allowDeletions && difference.Deleted.Count > Math.Max(FewDeletions, MostDeletions * all))
                throw new RefusedException(
                    $"{difference.Deleted.Count} of the {all} rows that {difference.Shape.Name} had at the cutover are gone from the target. Nothing was written. "
                    + "If they were deleted on purpose, run rollback --reverse-sync --allow-deletions; if the target has lost them, leave them in the "
                    + "original: insert them into the target again, or go back without --reverse-sync.");
        }

        await KeepAsync(differences, cancellationToken);
        var exact = new List<RelationDifference>();
        foreach (var difference in differences)
        {
            // What the original has filled in by itself is no change.
            var changed = await new RelationBackWriter(target, original, difference, isExact: true).StillDifferentAsync(cancellationToken);
            exact.Add(difference with { Changed = changed, Deleted = [.. difference.Deleted.Where(id => !_kept.Contains((difference.Shape.Name, id)))] });
        }

        return exact;
    }

    /// <summary>Where the samples have a foreign key, a deleted instance would take its samples along or cannot go; nor can its user.</summary>
    private async Task KeepAsync(List<RelationDifference> differences, CancellationToken cancellationToken)
    {
        var instances = differences.Find(d => d.Shape.Name == "instances");
        if (instances is null || instances.Deleted.Count == 0)
            return;
        var kept = await original.QueryAsync(
            $"""
            SELECT i.{instances.Shape.Id!.Source.Quoted}::text::uuid, {(instances.Shape.Parent is { } parent ? $"i.{parent.Column.Source.Quoted}::text::uuid" : "NULL::uuid")}
            FROM {instances.Shape.Table.Quoted} i
            WHERE i.{instances.Shape.Id.Source.Quoted}::text::uuid = ANY($1)
              AND EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = $2::text::regclass AND k.confrelid = $3::text::regclass)
              AND EXISTS (SELECT FROM {database.Samples.Quoted} s WHERE s.{database.Samples.Find("instance_id")!.Quoted} = i.{instances.Shape.Id.Source.Quoted})
            """, r => (Id: r.GetGuid(0), User: r.IsDBNull(1) ? (Guid?)null : r.GetGuid(1)), cancellationToken,
            instances.Deleted.ToArray(), database.Samples.Quoted, instances.Shape.Table.Quoted);
        foreach (var (id, user) in kept)
        {
            _kept.Add(("instances", id));
            if (user is { } owner)
                _kept.Add(("users", owner));
        }

        if (kept.Count > 0)
            _notes.Add(
                $"{kept.Count} instances that were deleted in the target stay in the original, with their users, as its samples name them: "
                + $"{string.Join(", ", kept.Take(3).Select(k => k.Id))}{(kept.Count > 3 ? ", …" : "")}. To delete them: DELETE FROM "
                + $"{database.Samples.Quoted} WHERE instance_id = …, then run rollback --reverse-sync again.");
    }
}
