using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Rollback;

/// <summary>Writes one relation's rows to the original, within the caller's transaction.</summary>
/// <param name="target">The target.</param>
/// <param name="original">The original.</param>
/// <param name="difference">What is to be written.</param>
/// <param name="isExact">No trigger changes what is written.</param>
/// <param name="sought">What the original said in the end to all that was written, to find the row at fault; null otherwise.</param>
internal sealed class RelationBackWriter(
    NpgsqlConnection target, NpgsqlConnection original, RelationDifference difference, bool isExact, PostgresException? sought = null)
{
    private const string Savepoint = "row";

    private readonly RelationShape _shape = difference.Shape;
    private readonly RelationBackRows _rows = new(target, original, difference);
    private readonly HashSet<string> _triggered = [];
    private readonly Dictionary<TargetColumn, UuidSpelling> _spellings = [];
    private List<Guid> _new = [.. difference.New];
    private List<Guid> _changed = [.. difference.Changed];

    public OriginalTable Table => _shape.Table;

    /// <summary>Columns that a trigger of the original has changed.</summary>
    public IReadOnlyCollection<string> Triggered => _triggered;

    public RelationCounts Counts => new(Table.Name, difference.New.Count, difference.Changed.Count, difference.Deleted.Count - Held.Count);

    /// <summary>How much could not be written yet: others may have to come first. A new row is to be there, and then as it should be.</summary>
    public int Pending => 2 * _new.Count + _changed.Count;

    /// <summary>New rows that name each other in a circle come without the names that may be NULL, which follow as a change.</summary>
    public bool IsLoose { get; set; }

    /// <summary>Why one of them could not: the first, or that for which the original did not take all of them.</summary>
    public RefusedException? Refusal { get; private set; }

    /// <summary>Rows that a trigger or a rule of the original has kept from going, such as by marking them instead.</summary>
    public IReadOnlyList<Guid> Held { get; private set; } = [];

    /// <summary>
    /// Of the rows that will change or go, those whose unique values other rows are waiting for give them up, so that two may swap
    /// theirs, and a new one may have that of one that goes.
    /// </summary>
    /// <exception cref="RefusedException">The original does not let one go.</exception>
    public async Task FreeKeysAsync(CancellationToken cancellationToken)
    {
        if (Pending == 0)
            return;
        var handover = new KeyHandover(original, Table.Quoted, _rows.IdOf("s"));
        foreach (var key in _shape.OriginalKeys ?? [])
        {
            var columns = key.Columns.Select(name => _shape.Columns.FirstOrDefault(c => c.Source.Name == name && !difference.Facts.Computed.Contains(name))).OfType<TargetColumn>().ToList();
            if (columns.Count < key.Columns.Length)
                continue;
            // What the original alone knows cannot be given back.
            var own = columns.Where(c => difference.Facts.NotNull.Contains(c.Source.Name)).Select(c => $"{c.Quoted} IS NULL").ToList();
            var leaving = _changed.Concat(difference.Deleted).ToHashSet();
            if (own.Count > 0)
                leaving.ExceptWith(await target.QueryAsync(
                    $"SELECT id FROM {_shape.Name} WHERE id = ANY($1) AND ({string.Join(" OR ", own)})", r => r.GetGuid(0), cancellationToken, _changed.ToArray()));
            var batch = new RowBatch<string?[]>();
            await foreach (var row in target.TextRowsAsync(
                $"SELECT id::text, {string.Join(", ", columns.Select(c => $"{c.Quoted}::text"))} FROM {_shape.Name} WHERE id = ANY($1)",
                cancellationToken, _new.Concat(_changed).ToArray()))
            {
                batch.Add(row, row.Sum(text => 2L * (text?.Length ?? 0)));
                if (batch.IsFull)
                    await FreeAsync(batch.Take());
            }

            await FreeAsync(batch.Take());

            async Task FreeAsync(List<string?[]> given)
            {
                try
                {
                    await handover.FreeAsync(key, columns.ConvertAll(Column), leaving.Contains, given, cancellationToken);
                }
                catch (PostgresException error) when (IsRefusal(error))
                {
                    throw new RefusedException(
                        $"Rows of {Table.Name} hand values of {string.Join(", ", key.Columns)} on to one another (among them {given[0][0]}), and the original "
                        + $"does not let go of them meanwhile: {ErrorText.Describe(error)}{Environment.NewLine}Nothing was written. Give them values in the "
                        + "target that no row of the original has, run rollback --reverse-sync, set them right, and run it again.", error);
                }
            }
        }
    }

    /// <summary>Writes what can be written now; see <see cref="Pending"/>.</summary>
    /// <exception cref="RefusedException">The original does not take a row, or would hold it otherwise; the message says which and why.</exception>
    public async Task WriteAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        Refusal = null;
        if (Pending > 0)
            await FindSpellingsAsync(cancellationToken);
        var (before, left) = (_new, await WriteAsync(_new, isNew: true, transaction, cancellationToken));
        _new = left;
        if (IsLoose)
            _changed.AddRange(before.Except(left));
        _changed = await WriteAsync(_changed, isNew: false, transaction, cancellationToken);
    }

    private async Task<List<Guid>> WriteAsync(List<Guid> ids, bool isNew, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var left = new List<Guid>();
        var rows = isNew
            ? _rows.TargetRowsAsync(ids, cancellationToken).Select(row => (Row: row, Unequal: (IReadOnlyList<int>?)null)) : _rows.ComparedAsync(ids, cancellationToken);
        await foreach (var (row, unequal) in rows)
        {
            try
            {
                await WriteAsync(row, unequal, isNew, cancellationToken);
            }
            catch (RefusedException error) when (error.InnerException is PostgresException cause && (sought is not null || (isNew && IsLoose)
                || cause.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation))
            {
                await transaction.RollbackAsync(Savepoint, cancellationToken);
                Refusal = Refusal is null || (cause.SqlState, cause.ConstraintName) == (sought?.SqlState, sought?.ConstraintName) ? error : Refusal;
                left.Add(Guid.Parse(row[_rows.Id]!));
            }
        }

        return left;
    }

    /// <summary>Deletes what nothing names.</summary>
    /// <returns>Rows that stay, as others of the original name them, and by which column of which table.</returns>
    /// <exception cref="RefusedException">The original does not let a row go.</exception>
    public async Task<IReadOnlyList<(Guid Id, string Table, string Column)>> DeleteAsync(CancellationToken cancellationToken)
    {
        var going = difference.Deleted.ToHashSet();
        var kept = new List<(Guid Id, string Table, string Column)>();
        try
        {
            while (going.Count > 0)
            {
                var named = await DeletionCheck.NamedAsync(original, Table, _shape.Id!.Source.Name, _rows.IdOf, going, cancellationToken);
                if (named.Count == 0)
                {
                    await original.ExecuteAsync($"DELETE FROM {Table.Quoted} s WHERE {_rows.One("= ANY($1)")}", cancellationToken, going.ToArray());
                    Held = await original.QueryAsync(
                        $"SELECT {_rows.IdOf("s")} FROM {Table.Quoted} s WHERE {_rows.IdOf("s")} = ANY($1)", r => r.GetGuid(0), cancellationToken, going.ToArray());
                    break;
                }

                kept.AddRange(named);
                going.ExceptWith(named.Select(n => n.Id));
            }

            return kept;
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw new RefusedException(
                $"Rows of {Table.Display} were deleted in the target since the cutover, and cannot be deleted in the original "
                + $"({string.Join(", ", difference.Deleted.Take(3))}): {ErrorText.Describe(error)}{Environment.NewLine}Nothing was written. "
                + (error.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.InsufficientPrivilege
                    ? "Delete there what names them, or grant DELETE on it and SELECT on what names it" : Remedy.For(error, Table))
                + ", then run rollback --reverse-sync again.", error);
        }
    }

    /// <summary>A uuid that is a text there has the form of those that are there; one that names a row may have to be what that one's id is, however it is spelled.</summary>
    private string Value(TargetColumn column, string text)
    {
        if (_spellings.GetValueOrDefault(column) is not { } spelling)
            return Cast(column, text);
        var own = spelling.Text($"{text}::text::uuid");
        if (!spelling.AsNamed)
            return Cast(column, $"({own})");
        var id = difference.Parent!.Find("id")!;
        return Cast(
            column, $"coalesce((SELECT min(p.{id.Quoted}::text) FROM {difference.Parent.Quoted} p WHERE {RelationBackRows.IdOf(id, "p")} = {text}::text::uuid), {own})");
    }

    private async Task FindSpellingsAsync(CancellationToken cancellationToken)
    {
        foreach (var column in _shape.Columns.Where(c => c.Source.Kind == "text" && OriginalColumn.KindOf(c.Type) == "uuid" && !_spellings.ContainsKey(c)))
            _spellings[column] = await UuidSpelling.FindAsync(
                original, Table, column.Source, column == _shape.Parent?.Column && difference.Parent?.Find("id") is { Kind: "text" } ? difference.Parent : null, cancellationToken);
    }

    /// <param name="row">What the target has.</param>
    /// <param name="unequal">Columns that the original holds otherwise: what is there already need not be written, as not every column can, nor may every row be named anew.</param>
    /// <param name="isNew">The original lacks it.</param>
    /// <param name="cancellationToken">Stops.</param>
    private async Task WriteAsync(string?[] row, IReadOnlyList<int>? unequal, bool isNew, CancellationToken cancellationToken)
    {
        var given = _rows.Written(row, isNew);
        if (isNew && IsLoose)
            given.RemoveAll(i => difference.Facts.Naming.Contains(_shape.Columns[i].Source.Name) && !difference.Facts.NotNull.Contains(_shape.Columns[i].Source.Name));
        var written = unequal ?? given;
        if (written.Count == 0)
            return;
        if (difference.Facts.TakesNoRows)
            throw Refuse(row, $"{Table.Display} takes no rows", remedy: Remedy.OfClosedTable);
        if (written.FirstOrDefault(i => difference.Facts.Closed.Contains(_shape.Columns[i].Source.Name), -1) is >= 0 and var closed)
            throw Refuse(
                row, $"{_shape.Columns[closed].Source.Display} of {Table.Display} takes no value, as a view computes it", remedy: Remedy.OfComputed);
        var names = string.Join(", ", written.Select(i => _shape.Columns[i].Source.Quoted));
        var values = string.Join(", ", written.Select((i, n) => Value(_shape.Columns[i], $"${n + 1}")));
        var command = new NpgsqlBatchCommand(
            isNew
                ? $"INSERT INTO {Table.Quoted} AS s ({names}) VALUES ({values}) RETURNING {_rows.Held}"
                : $"UPDATE {Table.Quoted} s SET ({names}) = ROW({values}) WHERE {_rows.One($"= ${written.Count + 1}::text::uuid")} RETURNING {_rows.Held}");
        foreach (var value in isNew ? written.Select(i => row[i]) : written.Select(i => row[i]).Append(row[_rows.Id]))
            command.Parameters.Add(new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        try
        {
            // One round trip.
            await using var batch = new NpgsqlBatch(original) { BatchCommands = { new($"SAVEPOINT {Savepoint}"), command, new($"RELEASE SAVEPOINT {Savepoint}") } };
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (await reader.ReadAsync(cancellationToken))
                Check(row, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.Text)], given);
            await reader.NextResultAsync(cancellationToken);
        }
        catch (PostgresException error) when (IsRefusal(error))
        {
            throw Refuse(row, ErrorText.Describe(error), error);
        }
    }

    /// <summary>The original may round, cut or fill what it is given; then it does not hold the row.</summary>
    private void Check(string?[] row, string?[] held, IReadOnlyList<int> written)
    {
        // An id that the original computes is one that it was not given.
        foreach (var i in RelationBackRows.Unequal(row, held, [.. written.Union([_rows.Id])]))
        {
            if (isExact)
                throw Refuse(row, $"it would hold {ShownValue.Shorten(held[i] ?? "null")} in {_shape.Columns[i].Source.Display}, not {ShownValue.Shorten(row[i] ?? "null")}");
            _triggered.Add(_shape.Columns[i].Source.Display);
        }
    }

    // A trigger's, a policy's or a view's word counts too.
    internal static bool IsRefusal(PostgresException error) => PostgresErrors.IsRefusedRow(error)
        || error.SqlState is PostgresErrorCodes.RaiseException or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.WithCheckOptionViolation
            or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.WrongObjectType
            or PostgresErrorCodes.InvalidColumnReference;

    private KeyHandover.Column Column(TargetColumn column) => new(
        column.Source.Name, column.Source.Type,
        !difference.Facts.NotNull.Contains(column.Source.Name) && !difference.Facts.Named.Contains(column.Source.Name), text => Value(column, text));

    private RefusedException Refuse(
        string?[] row, string why, PostgresException? error = null, string? remedy = null) => new(
        $"The original refuses a row of {Table.Name} that came or changed after the cutover ({row[_rows.Id]}): {why}. Nothing was written. "
        + $"{remedy ?? Remedy.For(error, Table)}, then run rollback --reverse-sync again.", error!);

    /// <summary>Without the type's modifier, so that the column itself says when a value is too long for it: a cast would cut it.</summary>
    internal static string Cast(TargetColumn column, string text)
    {
        var array = column.Source.Type.EndsWith("[]", StringComparison.Ordinal) ? "[]" : "";
        var type = !column.Source.IsBuiltIn ? column.Source.Type : column.Source.Type.Replace("[]", "", StringComparison.Ordinal).Split('(')[0] switch
        {
            "character" => $"bpchar{array}",
            "bit" => $"varbit{array}",
            _ when column.Source.Kind == "text" => "text",
            _ => column.Source.Kind,
        };
        return column.Source.Kind == "timestamp without time zone" && column.Type.EndsWith("with time zone", StringComparison.Ordinal)
            ? $"({text}::text::timestamptz AT TIME ZONE 'UTC')"
            : $"{text}::text::{type}";
    }
}
