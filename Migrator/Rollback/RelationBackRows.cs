using System.Runtime.CompilerServices;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>One relation's rows on both sides, as the text of each column that both have.</summary>
internal sealed class RelationBackRows(NpgsqlConnection target, NpgsqlConnection original, RelationDifference difference)
{
    private readonly RelationShape _shape = difference.Shape;

    /// <summary>Which of the columns is the id.</summary>
    public int Id { get; } = difference.Shape.Columns.ToList().FindIndex(c => c.Name == "id");

    /// <summary>What the original has in a row <c>s</c>, as the target would write it.</summary>
    public string Held { get; } = string.Join(", ", difference.Shape.Columns.Select(AsTarget));

    /// <summary>
    /// Changed rows that are still otherwise, value by value: what the original fills in by itself where the target knows nothing is no
    /// difference.
    /// </summary>
    /// <returns>Each with the columns that are.</returns>
    public async Task<List<(Guid Id, string Columns)>> StillDifferentAsync(CancellationToken cancellationToken)
    {
        var different = new List<(Guid, string)>();
        await foreach (var (row, unequal) in ComparedAsync(difference.Changed, cancellationToken))
        {
            // Interned: of a million rows there are a few texts.
            if (unequal is not { Count: 0 })
                different.Add((Guid.Parse(row[Id]!), string.Intern(string.Join(", ", (unequal ?? []).Select(i => _shape.Columns[i].Source.Display)))));
        }

        return different;
    }

    /// <summary>How many rows the original holds with another value in each column of ours that it computes, when what can be written is there.</summary>
    public async Task<Dictionary<OriginalColumn, long>> ComputedAsync(CancellationToken cancellationToken)
    {
        var counts = new Dictionary<OriginalColumn, long>();
        if (difference.Facts.Ours.Count == 0)
            return counts;
        await foreach (var (_, unequal) in ComparedAsync([.. difference.New, .. difference.Unequal], Computed, cancellationToken))
        {
            foreach (var column in (unequal ?? []).Select(i => _shape.Columns[i].Source))
                counts[column] = counts.GetValueOrDefault(column) + 1;
        }

        return counts;
    }

    /// <summary>The uuid of a row of the original with this alias.</summary>
    public string IdOf(string row) => IdOf(_shape.Id!.Source, row);

    /// <summary>Rows <c>s</c> with an id: of several that share it, the one that the move took. The others stand in quarantine, and are none of the target's.</summary>
    public string One(string isId)
    {
        var which = $"{IdOf("s")} {isId}";
        return !_shape.Table.IsPlain || _shape.IsUnique(_shape.Id!) ? which
            : $"{which} AND s.ctid IN (SELECT DISTINCT ON ({IdOf("s")}) s.ctid FROM {_shape.Table.Quoted} s WHERE {which} ORDER BY {IdOf("s")}, {RelationSql.Order(_shape)})";
    }

    /// <summary>The uuid of a row of the original; null where its id is a text that is none.</summary>
    public static string IdOf(OriginalColumn column, string row)
    {
        var id = $"{row}.{column.Quoted}";
        return column.Kind switch
        {
            "uuid" => id,
            "text" => $"CASE WHEN {id}::text ~* '{LegacySampleCast.Uuid}' THEN {id}::text::uuid END",
            _ => $"{id}::text::uuid",
        };
    }

    /// <summary>What the target has, as the text of each column.</summary>
    public IAsyncEnumerable<string?[]> TargetRowsAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => target.TextRowsAsync(
        $"SELECT {string.Join(", ", _shape.Columns.Select(c => $"{c.Quoted}::text"))} FROM {_shape.Name} WHERE id = ANY($1) ORDER BY id",
        cancellationToken, ids.ToArray());

    /// <summary>What the target has, with the columns to be written that the original holds otherwise; null where it has no such row.</summary>
    public IAsyncEnumerable<(string?[] Row, IReadOnlyList<int>? Unequal)> ComparedAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        ComparedAsync(ids, row => Written(row, isNew: false), cancellationToken);

    /// <summary>
    /// What the target has, with those of some columns that the original holds otherwise; null where it has no such row. Of its rows, which
    /// may be far larger, one at a time is in memory.
    /// </summary>
    /// <param name="ids">Of which rows.</param>
    /// <param name="asked">The columns, by what the target has.</param>
    /// <param name="cancellationToken">Stops.</param>
    private async IAsyncEnumerable<(string?[] Row, IReadOnlyList<int>? Unequal)> ComparedAsync(
        IReadOnlyList<Guid> ids, Func<string?[], IReadOnlyList<int>> asked, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new RowBatch<string?[]>();
        await foreach (var row in TargetRowsAsync(ids, cancellationToken))
        {
            batch.Add(row, row.Sum(text => 2L * (text?.Length ?? 0)));
            if (!batch.IsFull)
                continue;
            foreach (var compared in await CompareAsync(batch.Take(), asked, cancellationToken))
                yield return compared;
        }

        foreach (var compared in await CompareAsync(batch.Take(), asked, cancellationToken))
            yield return compared;
    }

    private async Task<List<(string?[] Row, IReadOnlyList<int>? Unequal)>> CompareAsync(
        List<string?[]> rows, Func<string?[], IReadOnlyList<int>> asked, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return [];
        var given = rows.ToDictionary(row => Guid.Parse(row[Id]!));
        var unequal = new Dictionary<Guid, IReadOnlyList<int>>();
        await foreach (var held in original.TextRowsAsync(
            $"SELECT {Held} FROM {_shape.Table.Quoted} s WHERE {One("= ANY($1)")}", cancellationToken, given.Keys.ToArray()))
        {
            var id = Guid.Parse(held[Id]!);
            unequal.TryAdd(id, Unequal(given[id], held, asked(given[id])));
        }

        return rows.ConvertAll(row => (row, unequal.GetValueOrDefault(Guid.Parse(row[Id]!))));
    }

    /// <summary>Columns of these that the original holds otherwise.</summary>
    public static List<int> Unequal(string?[] row, string?[] held, IReadOnlyList<int> columns) => [.. columns.Where(i => row[i] != held[i])];

    /// <summary>Where nothing is known the original's own value stays, or comes from its default, where it has to have one; else NULL is a value.</summary>
    public List<int> Written(string?[] row, bool isNew) => [.. Enumerable.Range(0, row.Length).Where(i =>
        (isNew || i != Id) && !IsComputed(i) && (row[i] is not null || !difference.Facts.NotNull.Contains(_shape.Columns[i].Source.Name)))];

    /// <summary>Where the original computes what the target knows.</summary>
    private List<int> Computed(string?[] row) => [.. Enumerable.Range(0, row.Length).Where(i => i != Id && IsComputed(i) && row[i] is not null)];

    private bool IsComputed(int column) => difference.Facts.Computed.Contains(_shape.Columns[column].Source.Name);

    private static string AsTarget(TargetColumn column) =>
        ColumnFits.Of(column) == ColumnFit.Same ? RelationSql.Read(column) : $"({RelationSql.Read(column)})::{column.Type}::text";
}
