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
internal sealed class RelationBackWriter(NpgsqlConnection target, NpgsqlConnection original, RelationDifference difference, bool isExact)
{
    private readonly RelationShape _shape = difference.Shape;
    private readonly HashSet<string> _triggered = [];
    private readonly int _id = difference.Shape.Columns.ToList().FindIndex(c => c.Name == "id");

    public OriginalTable Table => _shape.Table;

    /// <summary>Columns that a trigger of the original has changed.</summary>
    public IReadOnlyCollection<string> Triggered => _triggered;

    public RelationCounts Counts => new(Table.Name, difference.New.Count, difference.Changed.Count, difference.Deleted.Count);

    /// <summary>
    /// Rows that will change or go give up their unique values first, so that two may swap theirs, and a new one may have that of
    /// one that goes.
    /// </summary>
    public async Task FreeKeysAsync(CancellationToken cancellationToken)
    {
        var columns = (_shape.OriginalKeys ?? []).SelectMany(k => k.Columns).Distinct()
            .Select(name => _shape.Columns.FirstOrDefault(c => c.Source.Name == name)).OfType<TargetColumn>().Where(c => c.Name != "id");
        foreach (var column in columns)
        {
            // A value in place of NULL where the column takes none: the row's own id, which no other has.
            var isRequired = difference.Facts.NotNull.Contains(column.Source.Name);
            if (isRequired && column.Source.Kind != "text")
                continue;
            var ids = await target.QueryAsync(
                $"SELECT id FROM {_shape.Name} WHERE id = ANY($1) AND {column.Quoted} IS NOT NULL", r => r.GetGuid(0), cancellationToken,
                difference.Changed.ToArray());
            await original.ExecuteAsync(
                $"UPDATE {Table.Quoted} s SET {column.Source.Quoted} = {(isRequired ? $"{IdText}" : "NULL")} WHERE {IdText}::uuid = ANY($1)",
                cancellationToken, ids.Concat(difference.Deleted).ToArray());
        }
    }

    /// <exception cref="RefusedException">The original does not take a row, or would hold it otherwise; the message says which and why.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var row in TargetRowsAsync(difference.New, cancellationToken))
            await WriteAsync(row, isNew: true, cancellationToken);
        await foreach (var row in TargetRowsAsync(difference.Changed, cancellationToken))
            await WriteAsync(row, isNew: false, cancellationToken);
    }

    /// <exception cref="RefusedException">Something in the original still names a row.</exception>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (difference.Deleted.Count == 0)
            return;
        try
        {
            await original.ExecuteAsync(
                $"DELETE FROM {Table.Quoted} s WHERE {IdText}::uuid = ANY($1)", cancellationToken, difference.Deleted.ToArray());
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error) || error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new RefusedException(
                $"Rows of {Table.Display} were deleted in the target since the cutover, and cannot be deleted in the original "
                + $"({string.Join(", ", difference.Deleted.Take(3))}): {PostgresErrors.Describe(error)}{Environment.NewLine}Nothing was written. "
                + "Delete there what names them, or grant DELETE on it, then run rollback --reverse-sync again.", error);
        }
    }

    /// <summary>
    /// Changed rows that are still otherwise, value by value: what the original fills in by itself where the target knows nothing is no
    /// difference, nor what a trigger of it has set.
    /// </summary>
    public async Task<List<Guid>> StillDifferentAsync(CancellationToken cancellationToken)
    {
        var different = new List<Guid>();
        await foreach (var row in TargetRowsAsync(difference.Changed, cancellationToken))
        {
            var held = await HeldAsync(row[_id]!, cancellationToken);
            if (isExact && (held is null || Unequal(row, held, Written(row, isNew: false)).Count > 0))
                different.Add(Guid.Parse(row[_id]!));
        }

        return different;
    }

    private string IdText => $"s.{_shape.Id!.Source.Quoted}::text";

    /// <summary>What the target has, as the text of each column.</summary>
    private IAsyncEnumerable<string?[]> TargetRowsAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => target.TextRowsAsync(
        $"SELECT {string.Join(", ", _shape.Columns.Select(c => $"{c.Quoted}::text"))} FROM {_shape.Name} WHERE id = ANY($1) ORDER BY id",
        cancellationToken, ids.ToArray());

    /// <summary>What the original has, as the target would write it.</summary>
    private async Task<string?[]?> HeldAsync(string id, CancellationToken cancellationToken)
    {
        await foreach (var row in original.TextRowsAsync(
            $"SELECT {string.Join(", ", _shape.Columns.Select(AsTarget))} FROM {Table.Quoted} s WHERE {IdText}::uuid = $1::text::uuid", cancellationToken, id))
            return row;
        return null;
    }

    private async Task WriteAsync(string?[] row, bool isNew, CancellationToken cancellationToken)
    {
        var written = Written(row, isNew);
        if (written.Count == 0)
            return;
        var names = string.Join(", ", written.Select(i => _shape.Columns[i].Source.Quoted));
        var values = string.Join(", ", written.Select((i, n) => Parameter(_shape.Columns[i], n + 1)));
        var returning = string.Join(", ", _shape.Columns.Select(AsTarget));
        await using var command = new NpgsqlCommand(
            isNew
                ? $"INSERT INTO {Table.Quoted} AS s ({names}) VALUES ({values}) RETURNING {returning}"
                : $"UPDATE {Table.Quoted} s SET ({names}) = ROW({values}) WHERE {IdText}::uuid = ${written.Count + 1}::text::uuid RETURNING {returning}",
            original);
        foreach (var value in isNew ? written.Select(i => row[i]) : written.Select(i => row[i]).Append(row[_id]))
            command.Parameters.Add(new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (await reader.ReadAsync(cancellationToken))
                Check(row, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.Text)], written);
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            throw Refuse(row, PostgresErrors.Describe(error), error);
        }
    }

    /// <summary>The original may round, cut or fill what it is given; then it does not hold the row.</summary>
    private void Check(string?[] row, string?[] held, IReadOnlyList<int> written)
    {
        foreach (var i in Unequal(row, held, written))
        {
            if (isExact)
                throw Refuse(row, $"it would hold {ShownValue.Shorten(held[i] ?? "null")} in {_shape.Columns[i].Source.Display}, not {ShownValue.Shorten(row[i] ?? "null")}");
            _triggered.Add(_shape.Columns[i].Source.Display);
        }
    }

    private static List<int> Unequal(string?[] row, string?[] held, IReadOnlyList<int> written) => [.. written.Where(i => row[i] != held[i])];

    /// <summary>Where nothing is known the original's own value stays, or comes from its default, where it has to have one.</summary>
    private List<int> Written(string?[] row, bool isNew) => [.. Enumerable.Range(0, row.Length).Where(i => (isNew, row[i]) switch
    {
        (true, var value) => value is not null,
        (false, null) => i != _id && !difference.Facts.Filled.Contains(_shape.Columns[i].Source.Name),
        _ => i != _id,
    })];

    private RefusedException Refuse(string?[] row, string why, Exception? error = null) => new(
        $"The original refuses a row of {Table.Name} that came or changed after the cutover ({row[_id]}): {why}. Nothing was written. "
        + "Correct it in the target, or widen the original's column, then run rollback --reverse-sync again.", error!);

    /// <summary>Without the type's modifier, so that the column itself says when a value is too long for it: a cast would cut it.</summary>
    private static string Parameter(TargetColumn column, int number)
    {
        var type = !column.Source.IsBuiltIn ? column.Source.Type : column.Source.Type.Split('(')[0] switch
        {
            "character" => "bpchar",
            "bit" => "varbit",
            _ when column.Source.Kind == "text" => "text",
            _ => column.Source.Kind,
        };
        return column.Source.Kind == "timestamp without time zone" && column.Type.EndsWith("with time zone", StringComparison.Ordinal)
            ? $"(${number}::text::timestamptz AT TIME ZONE 'UTC')"
            : $"${number}::text::{type}";
    }

    private static string AsTarget(TargetColumn column) =>
        ColumnFits.Of(column) == ColumnFit.Same ? RelationSql.Read(column) : $"({RelationSql.Read(column)})::{column.Type}::text";
}
