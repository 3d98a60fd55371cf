using System.Text.RegularExpressions;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>What the target's users, instances or payments ask of a row, and how the original's columns meet it.</summary>
/// <param name="Table">The original's.</param>
/// <param name="Columns">Where its columns go; those that the target lacks will be added.</param>
/// <param name="Required">Columns of the target that take no NULL and have no default of their own for it.</param>
/// <param name="Parent">The column that names a row of another relation, and that relation; null without any.</param>
/// <param name="Keys">Unique indexes of the target.</param>
/// <param name="OriginalKeys">Unique indexes of the original; null for a view, which has none and may yet be unique.</param>
internal sealed record RelationShape(
    OriginalTable Table, IReadOnlyList<TargetColumn> Columns, IReadOnlyList<string> Required, (TargetColumn Column, string Relation)? Parent,
    IReadOnlyList<RelationKey> Keys, IReadOnlyList<RelationKey>? OriginalKeys)
{
    private static readonly string Script = SchemaScript.All.Single(s => s.Name == "0002-relations").Text;

    // A column with a default needs no value, but takes no NULL that is given.
    private const string RequiredColumns =
        """
        SELECT attname::text, atthasdef FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull ORDER BY attnum
        """;

    private const string ParentColumn =
        """
        SELECT a.attname::text, p.relname::text FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE k.conrelid = $1::text::regclass AND k.contype = 'f' AND cardinality(k.conkey) = 1 AND p.relname IN ('users', 'instances')
        ORDER BY k.conname LIMIT 1
        """;

    /// <summary>Columns of the target that the original has none for; without those that our services alone fill.</summary>
    public IReadOnlyList<string> Unplaced { get; private init; } = [];

    public TargetColumn? Id => Columns.FirstOrDefault(c => c.Name == "id");

    /// <summary>Name of the table in the target.</summary>
    public string Name => Table.TargetName;

    /// <summary>Columns whose types cannot hold the original's values.</summary>
    public IEnumerable<TargetColumn> Misfits => Columns.Where(c => ColumnFits.Of(c) == ColumnFit.Never);

    /// <summary>Columns that the move has added and that have another type in the original now, whose values the target's may hold or not.</summary>
    public IEnumerable<TargetColumn> Replaced => Columns.Where(c => ColumnFits.Of(c) == ColumnFit.ByValue && !IsOfSchema(Name, c.Name));

    /// <summary>Without the columns that cannot be moved: of the others plan can still tell.</summary>
    public RelationShape Fitting()
    {
        var misfits = Misfits.ToList();
        return this with
        {
            Columns = [.. Columns.Except(misfits)],
            Required = [.. Required.Except(misfits.Select(m => m.Name))],
            Parent = Parent is { } parent && misfits.Contains(parent.Column) ? null : Parent,
        };
    }

    /// <summary>Unique indexes of the target that the original does not vouch for.</summary>
    public IReadOnlyList<RelationKey> UnsureKeys =>
        [.. Keys.Where(key => key.Columns.All(name => Columns.Any(c => c.Name == name)) && OriginalKeys?.Any(o => Implies(o, key)) != true)];

    /// <exception cref="RefusedException">Rows would be moved with a loss.</exception>
    public void RequireFit()
    {
        if (Misfits.Any())
            throw new RefusedException(string.Join(Environment.NewLine, Misfits.Select(Describe)));
    }

    /// <summary>Why a column cannot be moved, and what helps.</summary>
    public string Describe(TargetColumn misfit) =>
        $"{Table.Display}.{misfit.Source.Display} is {misfit.Source.Type} in the original and {misfit.Type} in the target, which cannot hold it "
        + "without loss. "
        + (ColumnFits.Unbounded(misfit) is { } type
            ? $"In the target: ALTER TABLE {Name} ALTER COLUMN {misfit.Quoted} TYPE {type}."
            : !IsOfSchema(Name, misfit.Name)
            ? misfit.SameTypeAgain(Name, Table)
            : $"Offer a view in place of {Table.Display}, in a schema of its own, that has it as {misfit.Type}, "
                + "and name that schema first in Search Path of ConnectionStrings__original.");

    /// <summary>Whether it is one that the schema makes, and not one that the move has added.</summary>
    public static bool IsOfSchema(string relation, string column) => Regex.IsMatch(Script, $@"CREATE TABLE {relation} \([^;]*\n  {Regex.Escape(column)} ");

    /// <summary>Whether the original vouches that no two rows share the column's value.</summary>
    public bool IsUnique(TargetColumn column) =>
        TellsApart(column) && OriginalKeys?.Any(k => k.IsPlain && k.Columns is [var only] && only == column.Source.Name) == true;

    /// <summary>Reads it from the target's tables.</summary>
    public static Task<RelationShape> ReadAsync(
        NpgsqlConnection source, NpgsqlConnection target, OriginalTable table, CancellationToken cancellationToken) =>
        ReadAsync(source, target, "public", table, cancellationToken);

    /// <summary>For a target that has no tables yet: as they will be, in a transaction that leaves nothing behind.</summary>
    public static async Task<List<RelationShape>> ForecastAsync(
        NpgsqlConnection source, NpgsqlConnection target, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await target.ExecuteAsync("SET TRANSACTION READ WRITE; SET LOCAL search_path = pg_temp", cancellationToken);
        await target.ExecuteAsync(Script, cancellationToken);
        var shapes = new List<RelationShape>();
        foreach (var table in tables)
        {
            var shape = await ReadAsync(source, target, "pg_temp", table, cancellationToken);
            shapes.Add(shape with { OriginalKeys = await TryKeysAsync(shape, target, transaction, cancellationToken) });
        }

        await transaction.RollbackAsync(cancellationToken);
        return shapes;
    }

    /// <summary>For a target that has its tables: what is tried is tried on others like them.</summary>
    public static async Task<List<RelationShape>> ReadTriedAsync(
        NpgsqlConnection source, NpgsqlConnection target, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await target.ExecuteAsync("SET TRANSACTION READ WRITE", cancellationToken);
        var shapes = new List<RelationShape>();
        foreach (var table in tables)
        {
            var shape = await ReadAsync(source, target, table, cancellationToken);
            await target.ExecuteAsync($"CREATE TEMP TABLE {shape.Name} (LIKE public.{shape.Name})", cancellationToken);
            shapes.Add(shape with { OriginalKeys = await TryKeysAsync(shape, target, transaction, cancellationToken) });
        }

        await transaction.RollbackAsync(cancellationToken);
        return shapes;
    }

    /// <summary>The original's keys; what the target knows no function or collation for is the original's own.</summary>
    private static async Task<List<RelationKey>?> TryKeysAsync(
        RelationShape shape, NpgsqlConnection target, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        if (shape.OriginalKeys is null)
            return null;
        var keys = new List<RelationKey>();
        foreach (var key in shape.OriginalKeys)
        {
            if (key.IsPlain || key.IsOwn)
            {
                keys.Add(key);
                continue;
            }

            var isOwn = false;
            await transaction.SaveAsync("key", cancellationToken);
            try
            {
                await target.ExecuteAsync($"CREATE UNIQUE INDEX ON pg_temp.{shape.Name} USING {key.Definition}", cancellationToken);
            }
            catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error))
            {
                // A column that it lacks will come.
                isOwn = error.SqlState != PostgresErrorCodes.UndefinedColumn;
            }

            await transaction.RollbackAsync("key", cancellationToken);
            keys.Add(key with { IsOwn = isOwn });
        }

        return keys;
    }

    private static async Task<RelationShape> ReadAsync(
        NpgsqlConnection source, NpgsqlConnection target, string schema, OriginalTable table, CancellationToken cancellationToken)
    {
        var name = $"{schema}.{table.TargetName}";
        var columns = await TargetColumn.FindAsync(target, name, table.Columns, anyCase: true, cancellationToken);
        var required = await target.QueryAsync(RequiredColumns, r => (Name: r.GetString(0), HasDefault: r.GetBoolean(1)), cancellationToken, name);
        var parents = await target.QueryAsync(ParentColumn, r => (Column: r.GetString(0), Relation: r.GetString(1)), cancellationToken, name);
        var parent = parents.Select(p => (Column: columns.Find(c => c.Name == p.Column), p.Relation)).FirstOrDefault(p => p.Column is not null);
        return new(
            table, columns, [.. required.Where(r => !r.HasDefault || columns.Any(c => c.Name == r.Name)).Select(r => r.Name)],
            parent.Column is null ? null : (parent.Column, parent.Relation),
            await RelationKey.ListAsync(target, name, primary: false, cancellationToken),
            table.HasIndexes ? await RelationKey.ListAsync(source, table.Quoted, primary: true, cancellationToken) : null)
        {
            Unplaced = [.. (await TargetColumn.TypesAsync(target, name, cancellationToken)).Keys
                .Where(c => columns.TrueForAll(f => f.Name != c) && !TargetColumn.IsOwn(table.TargetName, c)).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>Whether rows that are unique by the original's index are unique by the target's.</summary>
    private bool Implies(RelationKey original, RelationKey key)
    {
        if (!original.IsPlain)
            return original.Definition == key.Definition;
        var columns = original.Columns.Select(name => Columns.FirstOrDefault(c => c.Source.Name == name)).ToList();
        return columns.All(column => column is not null && TellsApart(column) && key.Columns.Contains(column.Name));
    }

    // Two texts may be one uuid.
    private static bool TellsApart(TargetColumn column) => ColumnFits.Of(column) == ColumnFit.Same;
}
