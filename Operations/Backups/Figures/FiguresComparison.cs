namespace LaunchStack.Operations.Backups.Figures;

/// <summary>What differs between what should be there and what is.</summary>
internal static class FiguresComparison
{
    public static IEnumerable<Finding> OfRelations(IReadOnlyList<RelationFigures> wanted, IReadOnlyList<RelationFigures> found)
    {
        foreach (var table in wanted)
        {
            if (found.FirstOrDefault(f => f.Name == table.Name) is not { } there)
                yield return new(table.Name, "is missing");
            else if (there.Rows < table.Rows || there.Rows > table.MaxRows)
                yield return new(table.Name, $"has {there.Rows} rows, should have {table.Rows}{(table.MaxRows > table.Rows ? $" to {table.MaxRows}" : "")}");
            else if (table.Checksum is not null && there.Checksum != table.Checksum)
                yield return new(table.Name, $"its {there.Rows} rows are not those that were backed up (checksum)");
        }
    }

    public static Finding? OfWindow(WindowFigures wanted, WindowFigures found) =>
        found.Rows != wanted.Rows ? new(wanted.Relation, $"has {found.Rows} rows, should have {wanted.Rows}", wanted.From, wanted.To)
        : found.Checksum != wanted.Checksum ? new(wanted.Relation, $"its {found.Rows} rows are not those that were backed up (checksum)", wanted.From, wanted.To)
        : null;

    /// <summary>Of a table that was written to in between, what it may have had when the copy was made.</summary>
    public static IReadOnlyList<RelationFigures> Between(IReadOnlyList<RelationFigures> before, IReadOnlyList<RelationFigures> after) =>
    [
        .. before.Select(b => after.FirstOrDefault(a => a.Name == b.Name) is { } a
            ? new RelationFigures(b.Name, Math.Min(a.Rows, b.Rows), Math.Max(a.Rows, b.Rows), a.Checksum == b.Checksum ? a.Checksum : null)
            : b),
    ];
}
