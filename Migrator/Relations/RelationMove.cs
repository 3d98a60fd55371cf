using System.Text;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// Brings users, instances and payments of the target to what the original's are now, in one transaction: it ends in the original's
/// state whatever came in which order, and writes nothing where nothing has changed.
/// </summary>
internal sealed class RelationMove(MigrationContext context)
{
    // As many as are looked for by id, instead of reading the whole table.
    private const int FewRows = 10_000;

    // A pass that follows every second or so has less, and nothing to collect.
    private const long LargeHeap = 64 << 20;

    private readonly NpgsqlConnection _source = context.Snapshot.Connection;
    private readonly NpgsqlConnection _target = context.Target;
    private readonly Quarantine _quarantine = new(context.Target);
    private int _refused;

    /// <summary>The books of each table.</summary>
    /// <exception cref="RefusedException">
    /// A column of the original's has a type that the target's cannot hold; or a table or a column has gone without which no row can be in the target.
    /// </exception>
    public async Task<List<TableCounts>> RunAsync(CancellationToken cancellationToken)
    {
        // What plan's checks or the pass before knew of as many rows is not to lie beside what is read of them now.
        if (GC.GetTotalMemory(forceFullCollection: false) > LargeHeap)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await using var transaction = await _target.BeginTransactionAsync(cancellationToken);
        await RequireTablesAsync(cancellationToken);
        var works = await CompareAsync(transaction, cancellationToken);
        works.ForEach(RequireMovable);
        var counts = works.ConvertAll(work => new TableCounts(
            work.Shape.Name, work.Outcome.Rows, work.Outcome.Rows - work.QuarantinedRows, work.QuarantinedRows));
        if (works.Exists(work => work.HasChanges) || await AreTakenNowAsync(works, transaction, cancellationToken))
            counts = await ChangeAsync(works, transaction, cancellationToken);
        // What the server refused may be taken now that others have changed or gone.
        for (var left = int.MaxValue; _refused < left && _refused > 0;)
        {
            left = _refused;
            works = [];
            works = await CompareAsync(transaction, cancellationToken);
            if (!await AreTakenNowAsync(works, transaction, cancellationToken))
                break;
            counts = await ChangeAsync(works, transaction, cancellationToken);
        }

        var known = await context.Ledger.TablesAsync(cancellationToken);
        foreach (var table in counts.Where(table => !known.Contains(table)))
            await context.Ledger.RecordTableAsync(table, works.First(w => w.Shape.Name == table.Table).Shape.Table.Schema, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return counts;
    }

    /// <summary>Rows that name one of a table which has gone could not stay, nor their samples.</summary>
    private async Task RequireTablesAsync(CancellationToken cancellationToken)
    {
        foreach (var table in (await context.Ledger.TablesAsync(cancellationToken)).Select(t => t.Table).Except(context.Original.Relations.Select(r => r.TargetName))
            .Where(OriginalDatabase.IsNamed))
        {
            if (await _target.ScalarAsync<long>($"SELECT count(*) FROM {table}", cancellationToken) is > 0 and var rows)
                throw new RefusedException(
                    $"The original has no table {table} any more ({Counted.Of(rows, "row")} moved): a pass would take out of the target what names them. Nothing was changed. "
                    + "Bring it back, or a view of its name, in a schema that Search Path of ConnectionStrings__original names.");
        }
    }

    /// <summary>As copy refuses to begin: a change of the table's shape is no change of its rows.</summary>
    private static void RequireMovable(RelationWork work)
    {
        var (shape, rows) = (work.Shape, work.State.Rows - work.State.Own);
        var lacking = shape.Required.Where(name => shape.Columns.All(c => c.Name != name)).ToList();
        // Others that have no id are told apart by what they hold.
        if (shape.Id is null && OriginalDatabase.IsNamed(shape.Name) && !lacking.Contains("id"))
            lacking.Add("id");
        if (rows > 0 && lacking.Count > 0)
            throw new RefusedException(
                $"{shape.Table.Display} of the original has no column {string.Join(", ", lacking)} any more: a pass would take all that was moved ({Counted.Of(rows, "row")}), and what names them, "
                + "out of the target. Nothing was changed. Bring the column back under its old name, or offer a view that has it, in a schema of its own that is named first in "
                + "Search Path of ConnectionStrings__original.");
        if (rows > 0 && work.Outcome.IsAllRejected)
            throw new RefusedException(
                $"No row of {shape.Table.Display} can be moved as it is now ({Quarantine.Describe(work.Outcome.Reasons)}): a pass would take all "
                + $"that was moved ({Counted.Of(rows, "row")}), and what names them, out of the target. Nothing was changed. Correct them there, or offer a view in its place that does."
                + string.Concat(shape.Replaced.Select(c => $" If {c.Source.Display} is another column than was moved, in the target: {c.Drop(shape.Name)}.")));
    }

    private async Task<bool> AreTakenNowAsync(List<RelationWork> works, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (var work in works)
        {
            if ((await new RefusedRows(_source, _target, work).TakenNowAsync(transaction, cancellationToken)).Count > 0)
                return true;
        }

        return false;
    }

    private async Task<List<RelationWork>> CompareAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var works = new List<RelationWork>();
        foreach (var table in context.Original.Relations)
            works.Add(await CompareAsync(table, works, transaction, cancellationToken));
        return works;
    }

    private async Task<RelationWork> CompareAsync(
        OriginalTable table, List<RelationWork> parents, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var shape = await RelationShape.ReadAsync(_source, _target, table, cancellationToken);
        shape.RequireFit();
        await TargetColumn.AddAsync(_target, shape.Name, shape.Columns, cancellationToken);
        shape = await KeyAdoption.ApplyAsync(shape with { Columns = [.. shape.Columns.Select(c => c with { IsThere = true })] },
            _target, transaction, context.Progress.Step, cancellationToken);
        return await RelationWork.ReadAsync(
            new RelationReader(_source, _target, shape, transaction), shape, _target, parents.ToDictionary(p => p.Shape.Name, p => p.Outcome), cancellationToken);
    }

    private async Task<List<TableCounts>> ChangeAsync(List<RelationWork> works, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // What was verified is not what will be there.
        await context.Ledger.MarkUnverifiedAsync(cancellationToken);
        foreach (var work in works)
            await FreeKeysAsync(work, transaction, cancellationToken);
        _refused = 0;
        var counts = new List<TableCounts>();
        var gone = new Dictionary<RelationWork, List<Guid>>();
        foreach (var work in works)
        {
            if (work.Shape.Id is null && work.Uneven.Count > 0)
                await _target.ExecuteAsync($"DELETE FROM {work.Shape.Name}", cancellationToken);
            if (work.RenewsQuarantine)
                await _quarantine.ClearAsync(work.Shape.Name, cancellationToken);
            var refused = await WriteAsync(work, transaction, cancellationToken);
            var ids = refused.Select(r => r.Id).OfType<Guid>().ToList();
            _refused += ids.Count;
            gone[work] = [.. work.Surplus, .. ids.Where(id => work.State.ById.Find(id).Is(RowState.Here))];
            var quarantined = work.Outcome.Rejected.Count + refused.Count;
            counts.Add(new(work.Shape.Name, work.Outcome.Rows, work.Outcome.Rows - quarantined, quarantined));
        }

        // Children first: they may name what goes.
        foreach (var work in Enumerable.Reverse(works))
            await DeleteAsync(work.Shape.Name, gone[work], transaction, cancellationToken);
        return counts;
    }

    /// <summary>
    /// Of the rows that will change or go, those whose unique values others are about to get give them up, so that two of them may
    /// swap theirs, and a new one may have that of one that goes.
    /// </summary>
    private async Task FreeKeysAsync(RelationWork work, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var shape = work.Shape;
        var keys = shape.Keys.Where(k => k.Columns.All(name => shape.Columns.Any(c => c.Name == name))).ToList();
        if (keys.Count == 0 || work.MissingRows == 0 || (work.SurplusRows == 0 && !work.Changed.Any()))
            return;
        var columns = keys.SelectMany(k => k.Columns).Distinct().Select(name => shape.Columns.First(c => c.Name == name)).ToList();
        var batch = new RowBatch<RelationRow>();
        await foreach (var row in new RelationReader(_source, _target, shape, transaction)
            .ReadAsync(columns, work.MissingRows <= FewRows ? [.. work.Missing] : null, cancellationToken))
        {
            if (!work.IsChosen(row) || !work.State.ById.Find(row.Id!.Value).Is(RowState.Missing))
                continue;
            batch.Add(row, row.Values.Sum(v => (long)(v?.Length ?? 0)));
            if (batch.IsFull)
                await FreeAsync(batch.Take());
        }

        await FreeAsync(batch.Take());

        async Task FreeAsync(List<RelationRow> given)
        {
            var handover = new KeyHandover(_target, shape.Name, "s.id");
            foreach (var key in keys)
            {
                var places = key.Columns.Select(name => columns.FindIndex(c => c.Name == name)).ToList();
                var asked = places.ConvertAll(place => columns[place])
                    .ConvertAll(c => new KeyHandover.Column(c.Name, OriginalColumn.KindOf(c.Type), !shape.Required.Contains(c.Name), text => $"{text}::{c.Type}"));
                await transaction.SaveAsync("handover", cancellationToken);
                try
                {
                    await handover.FreeAsync(
                        key, asked, work.IsLeaving, given.ConvertAll(row => (string?[])[row.Id.ToString(), .. places.Select(place => row.Values[place] is { } text ? Encoding.UTF8.GetString(text) : null)]), cancellationToken);
                    await transaction.ReleaseAsync("handover", cancellationToken);
                }
                catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
                {
                    // Then the rows themselves are refused, go, and come again.
                    await transaction.RollbackAsync("handover", cancellationToken);
                }
            }
        }
    }

    /// <summary>The rows that the server refused.</summary>
    private async Task<IReadOnlyList<RefusedRow>> WriteAsync(RelationWork work, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // Something has changed, so what was refused before is tried again.
        var missing = work.MissingRows + work.Refused.Count;
        foreach (var id in work.Refused)
            work.State.ById.Get(id).State |= RowState.Missing;
        List<(Guid Hash, string Reason)> rejected = work.RenewsQuarantine ? [.. work.Outcome.Rejected.Order()] : [];
        var next = new Dictionary<Guid, int>(rejected.Count);
        for (var i = 0; i < rejected.Count; i++)
            next.TryAdd(rejected[i].Hash, i);
        if (missing + rejected.Count + work.Uneven.Count == 0)
            return [];
        var only = rejected.Count == 0 && work.Shape.Id is not null && missing <= FewRows ? work.Missing.ToList() : null;
        var reader = new RelationReader(_source, _target, work.Shape, transaction);
        var writer = new RelationWriter(_target, transaction, work.Shape);
        var quarantined = new List<RefusedRow>();
        await foreach (var row in reader.ReadAsync(work.Shape.Columns, only, cancellationToken))
        {
            if (work.Take(row))
            {
                await writer.WriteAsync(row, cancellationToken);
            }
            else if (next.TryGetValue(row.Hash, out var at) && at < rejected.Count && rejected[at].Hash == row.Hash)
            {
                quarantined.Add(new(row, rejected[at].Reason));
                next[row.Hash] = at + 1;
            }
        }

        var refused = await writer.FinishAsync(cancellationToken);
        quarantined.AddRange(refused);
        await QuarantineAsync(reader, work.Shape, quarantined, cancellationToken);
        return refused;
    }

    /// <summary>Rows that are the same in everything have one text, and each its reason.</summary>
    private async Task QuarantineAsync(RelationReader reader, RelationShape shape, List<RefusedRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        rows.Sort((left, right) => left.Whole.CompareTo(right.Whole));
        var starts = Enumerable.Range(0, rows.Count).Where(i => i == 0 || rows[i].Whole != rows[i - 1].Whole).Append(rows.Count).ToArray();
        var texts = Array.ConvertAll(starts[..^1], start => rows[start].Whole);
        var given = new bool[texts.Length];
        var batch = new RowBatch<(byte[] Row, Guid Hash, string Reason)>();
        await foreach (var (whole, json) in reader.JsonAsync(texts, cancellationToken))
        {
            var at = Array.BinarySearch(texts, whole);
            for (var i = starts[at]; !given[at] && i < starts[at + 1]; i++)
            {
                batch.Add((json, rows[i].Hash, rows[i].Reason), json.Length);
                if (batch.IsFull)
                    await _quarantine.AddAsync(shape.Name, batch.Take(), cancellationToken);
            }

            given[at] = true;
        }

        await _quarantine.AddAsync(shape.Name, batch.Take(), cancellationToken);
        if (given.Contains(false))
            throw new RefusedException(
                $"{shape.Table.Display} of the original holds other rows each time it is read: a view with random() or a clock in it. Offer one that gives the same ones.");
    }

    private async Task DeleteAsync(string table, List<Guid> ids, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return;
        if (table == "instances")
            await context.Ledger.InvalidateAsync([.. ids], cancellationToken);
        await transaction.SaveAsync("gone", cancellationToken);
        try
        {
            await _target.ExecuteAsync($"DELETE FROM {table} WHERE id = ANY($1)", cancellationToken, ids.ToArray());
            await transaction.ReleaseAsync("gone", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            // Something of the target's own names one of them, such as a key of the services; verify says which row is too many.
            await transaction.RollbackAsync("gone", cancellationToken);
            if (ids.Count == 1)
            {
                context.Progress.Step($"{table}: {ids[0]} cannot go: {error.MessageText} ({error.Detail})");
                return;
            }

            await DeleteAsync(table, ids[..(ids.Count / 2)], transaction, cancellationToken);
            await DeleteAsync(table, ids[(ids.Count / 2)..], transaction, cancellationToken);
        }
    }
}
