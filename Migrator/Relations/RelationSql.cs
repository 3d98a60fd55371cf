using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Relations;

/// <summary>Expressions over the rows of a relation.</summary>
internal static class RelationSql
{
    /// <summary>The text of a column of the original's row <c>s</c>, as it travels. Times without zone are UTC there.</summary>
    public static string Read(TargetColumn column) =>
        column.Source.Kind == "timestamp without time zone" && column.Type.EndsWith("with time zone", StringComparison.Ordinal)
            ? $"(s.{column.Source.Quoted} AT TIME ZONE 'UTC')::text"
            : $"s.{column.Source.Quoted}::text";

    /// <summary>The hash of a row of text values: of the bytes in UTF-8, as a server in another encoding would hash its own.</summary>
    public static string Hash(IEnumerable<string> values) => $"md5(convert_to(ROW({string.Join(", ", values)})::text, 'UTF8'))::uuid";

    /// <summary>Over the target's row: the hash that a row of the original that is there as it should be has too.</summary>
    public static string TargetHash(RelationShape shape) => Hash(shape.Columns.Where(c => c.IsThere).Select(c => $"{c.Quoted}::text"));

    /// <summary>What <see cref="RelationRow"/> needs to know, over one text expression a column.</summary>
    /// <param name="shape">The target's table.</param>
    /// <param name="values">The texts, in the order of its columns.</param>
    public static string Facts(RelationShape shape, IReadOnlyList<string> values)
    {
        string Of(TargetColumn column) => values[shape.Columns.ToList().IndexOf(column)];
        var faults = shape.Required.Select(name => shape.Columns.FirstOrDefault(c => c.Name == name) is { } column
            ? $"WHEN {Of(column)} IS NULL THEN {OriginalTable.Literal($"{name} is null")}"
            : $"WHEN true THEN {OriginalTable.Literal($"{name} is missing: the original has no such column")}").ToList();
        var keys = shape.UnsureKeys.Select(key => key.Columns.Select(name => Of(shape.Columns.First(c => c.Name == name))).ToList())
            .Select(parts => $"CASE WHEN {string.Join(" AND ", parts.Select(p => $"{p} IS NOT NULL"))} THEN {Hash(parts)} END");
        return string.Join(", ",
            shape.Id is { } id ? $"{Of(id)}::uuid" : "NULL::uuid",
            Hash(values),
            shape.Parent is { } parent ? $"{Of(parent.Column)}::uuid" : "NULL::uuid",
            faults.Count == 0 ? "NULL::text" : $"CASE {string.Join(' ', faults)} END",
            $"ARRAY[{string.Join(", ", keys)}]::uuid[]");
    }

    /// <summary>Over texts of the original's values, the columns of <c>u</c>: why a row would be another one in the target; null when it would not.</summary>
    public static string Loss(RelationShape shape)
    {
        var losses = shape.Columns.Select((c, i) => (Column: c, Kept: ColumnFits.IsKept(c, $"u.c{i}"))).Where(c => c.Kept is not null)
            .Select(c => $"WHEN NOT ({c.Kept}) THEN {OriginalTable.Literal($"{c.Column.Name} would be another value as {c.Column.Type}")}").ToList();
        return losses.Count == 0 ? "NULL::text" : $"CASE {string.Join(' ', losses)} END";
    }

    /// <summary>A total order by content: a live row before a deleted one, then the first created, then by every value.</summary>
    public static string Order(RelationShape shape)
    {
        var order = new List<string>();
        if (shape.Columns.FirstOrDefault(c => c.Name == "deleted_at") is { } deleted)
            order.Add($"s.{deleted.Source.Quoted} IS NOT NULL");
        if (shape.Columns.FirstOrDefault(c => c.Name == "created_at") is { } created)
            order.Add($"s.{created.Source.Quoted}");
        order.Add(Hash(shape.Columns.Select(Read)));
        return string.Join(", ", order);
    }
}
