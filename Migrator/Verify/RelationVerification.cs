using System.Text;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Relations;

namespace LaunchStack.Migrator.Verify;

/// <summary>Compares users, instances and payments by value and by books: what each row is to be is told from the original anew.</summary>
internal sealed class RelationVerification(MigrationContext context)
{
    private readonly List<string> _findings = [];

    /// <summary>What does not match, and the books of each table.</summary>
    public async Task<(IReadOnlyList<string> Findings, IReadOnlyList<VerifiedTable> Tables)> RunAsync(CancellationToken cancellationToken)
    {
        var tables = new List<VerifiedTable>();
        var outcomes = new Dictionary<string, RelationOutcome>();
        foreach (var table in context.Original.Relations)
        {
            var shape = await RelationShape.ReadAsync(context.Snapshot.Connection, context.Target, table, cancellationToken);
            shape.RequireFit();
            _findings.AddRange(shape.Columns.Where(c => !c.IsThere).Select(c => $"{shape.Name}: the target lacks column {c.Quoted}; run catch-up"));
            shape = shape with { Columns = [.. shape.Columns.Where(c => c.IsThere)] };
            var work = await RelationWork.ReadAsync(
                new RelationReader(context.Snapshot.Connection, context.Target, shape), shape, context.Target, outcomes, cancellationToken);
            outcomes.Add(shape.Name, work.Outcome);
            Compare(work, await ChangedSinceAsync(work, cancellationToken));
            if (context.Begun.CutoverAt is null)
                await FindTakenNowAsync(work, cancellationToken);
            if (work.Uneven.Count > 0)
                await CompareWholeAsync(work, cancellationToken);
            if (context.Begun.CutoverAt is null)
                await FindGoneAsync(shape, cancellationToken);
            tables.Add(new(
                table.Display, work.Outcome.Rows, work.State.Rows,
                await new Quarantine(context.Target).ReasonsAsync(shape.Name, cancellationToken)));
        }

        if (context.Begun.CutoverAt is null)
            await FindGoneAsync(cancellationToken);
        return (_findings, tables);
    }

    /// <summary>Tables that were moved and that the original has no more: no pass looks at them.</summary>
    private async Task FindGoneAsync(CancellationToken cancellationToken)
    {
        foreach (var table in (await context.Ledger.TablesAsync(cancellationToken)).Select(t => t.Table).Except(context.Original.Relations.Select(r => r.TargetName)))
        {
            var rows = await context.Target.ScalarAsync<long>($"SELECT count(*) FROM {table}", cancellationToken);
            if (rows > 0)
                _findings.Add($"{table}: the original has no such table any more, and the target {Counted.Of(rows, "row")} of it. Bring it back, or an empty view in its place");
        }
    }

    /// <summary>
    /// Columns likewise. What a default of ours fills in may never have been the original's, nor may rows of instances that registered themselves.
    /// </summary>
    private async Task FindGoneAsync(RelationShape shape, CancellationToken cancellationToken)
    {
        var columns = await context.Target.QueryAsync(
            """
            SELECT attname::text, coalesce(pg_get_expr(adbin, adrelid), 'NULL') FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
            """, r => (Name: r.GetString(0), Default: r.GetString(1)), cancellationToken, $"public.{shape.Name}");
        var moved = shape.Name == "instances" ? "first_seen_at IS NULL AND last_seen_at IS NULL" : "true";
        // A time or an id that the server has made is no value of anybody's.
        foreach (var (column, filled) in columns.Where(
            column => shape.Columns.All(c => c.Name != column.Name) && !TargetColumn.IsOwn(shape.Name, column.Name) && !column.Default.Contains('(', StringComparison.Ordinal)))
        {
            var quoted = OriginalTable.Quote(column);
            if (await context.Target.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {shape.Name} WHERE {quoted} IS DISTINCT FROM {filled} AND {moved})", cancellationToken))
                _findings.Add(
                    $"{shape.Name}: the original has no column {quoted} any more, and the target values of it. Bring it back, or, if they may go: "
                    + $"UPDATE {shape.Name} SET {quoted} = {filled}");
        }
    }

    /// <summary>Rows that the target has changed by itself since the cutover.</summary>
    private async Task<HashSet<Guid>> ChangedSinceAsync(RelationWork work, CancellationToken cancellationToken) =>
        context.Begun.CutoverAt is not { } cutover || work.MissingRows == 0 ? [] : [.. await context.Target.QueryAsync(
            $"SELECT id FROM {work.Shape.Name} t WHERE id = ANY($1) AND (to_jsonb(t.*) ->> 'updated_at')::timestamptz >= $2",
            r => r.GetGuid(0), cancellationToken, work.Missing.ToArray(), cutover)];

    private void Compare(RelationWork work, HashSet<Guid> changed)
    {
        var name = work.Shape.Name;
        Add(name, work.Missing.Where(id => !changed.Contains(id)).Order().Select(id => work.State.ById.Find(id).Is(RowState.Here)
            ? $"{name}: {id} differs from the original" : $"{name}: {id} is missing"));
        // Since the cutover the target has rows of its own.
        if (context.Begun.CutoverAt is null)
            Add(name, work.Surplus.Order().Select(id => $"{name}: {id} is not in the original; catch-up removes it"));
        if (context.Begun.CutoverAt is null && work.QuarantineDiffers)
            _findings.Add(
                $"{name}: {Counted.Of(work.State.Quarantined.Count, "row")} in quarantine, "
                + $"but {work.QuarantinedRows} of the original that cannot be moved now; run catch-up");
    }

    private async Task FindTakenNowAsync(RelationWork work, CancellationToken cancellationToken)
    {
        if (work.Refused.Count == 0)
            return;
        await using var transaction = await context.Target.BeginTransactionAsync(cancellationToken);
        var taken = await new RefusedRows(context.Snapshot.Connection, context.Target, work).TakenNowAsync(transaction, cancellationToken);
        await transaction.RollbackAsync(cancellationToken);
        Add(work.Shape.Name, taken.Select(id => $"{work.Shape.Name}: {id} stands in quarantine, and the target would take it now; run catch-up"));
    }

    /// <summary>Without an id, each row has to be there as often as in the original; those that are not are named with all they hold.</summary>
    private async Task CompareWholeAsync(RelationWork work, CancellationToken cancellationToken)
    {
        var (name, source) = (work.Shape.Name, context.Snapshot.Connection);
        var missing = work.Uneven.Where(row => row.Value > 0).ToDictionary();
        var lost = new List<Guid>();
        var reader = new RelationReader(source, context.Target, work.Shape);
        await foreach (var row in reader.ReadAsync(work.Shape.Columns, only: null, cancellationToken))
        {
            if (missing.GetValueOrDefault(row.Hash) > 0 && --missing[row.Hash] >= 0)
                lost.Add(row.Whole);
        }

        var shown = new Dictionary<Guid, string>();
        await foreach (var (whole, json) in reader.JsonAsync([.. lost.Take(WindowVerification.RowsNamed)], cancellationToken))
            shown[whole] = ShownValue.Shorten(Encoding.UTF8.GetString(QuarantinedRow.ForJsonb(json)));
        Add(name, lost.Select(row => $"{name}: missing: {shown.GetValueOrDefault(row)}"));
        if (context.Begun.CutoverAt is null)
            Add(name, (await context.Target.QueryAsync(
                $"SELECT row_to_json(t.*)::text FROM {name} t WHERE {RelationSql.TargetHash(work.Shape)} = ANY($1) LIMIT {WindowVerification.RowsNamed}",
                r => r.GetString(0), cancellationToken, work.Uneven.Where(row => row.Value < 0).Select(row => row.Key).ToArray()))
                .Select(row => $"{name}: not in the original: {ShownValue.Shorten(row)}"));
    }

    private void Add(string name, IEnumerable<string> findings)
    {
        var rows = 0;
        foreach (var finding in findings)
        {
            if (++rows <= WindowVerification.RowsNamed)
                _findings.Add(finding);
        }

        if (rows > WindowVerification.RowsNamed)
            _findings.Add($"{name}: and {Counted.Of(rows - WindowVerification.RowsNamed, "more row")}");
    }
}
