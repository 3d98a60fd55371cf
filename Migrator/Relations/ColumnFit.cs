using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Relations;

/// <summary>Whether a column of the target can hold what the original's may hold. Values travel as text.</summary>
internal enum ColumnFit
{
    /// <summary>Every value, and both sides write it alike.</summary>
    Same,

    /// <summary>What the target reads as its type: the target is asked.</summary>
    ByValue,

    /// <summary>Not without loss.</summary>
    Never,
}

internal static class ColumnFits
{
    // A bigint has 18 digits whatever they are, a double 15.
    private const int BigintDigits = 18;
    private const int DoubleDigits = 15;

    public static ColumnFit Of(TargetColumn column)
    {
        if (!column.IsThere || column.Type == column.Source.TargetType)
            return ColumnFit.Same;
        var (source, target) = (column.Source.Kind, OriginalColumn.KindOf(column.Type));
        // A modifier of the target may be narrower than the value: the target says so.
        if (column.Type.Contains('(', StringComparison.Ordinal))
            return source == target ? ColumnFit.ByValue : ColumnFit.Never;
        return (target, source) switch
        {
            ("text", _) => ColumnFit.Same,
            _ when source == target => ColumnFit.Same,
            ("bigint", "integer" or "smallint") or ("integer", "smallint") => ColumnFit.Same,
            ("timestamp with time zone", "timestamp without time zone") => ColumnFit.Same,
            ("timestamp with time zone", "date") => ColumnFit.ByValue,
            ("jsonb", "json") => ColumnFit.ByValue,
            ("double precision", "real" or "integer" or "smallint") => ColumnFit.ByValue,
            ("double precision", "numeric") when column.Source.Precision is { } p && p.Digits <= DoubleDigits => ColumnFit.ByValue,
            ("bigint", "numeric") when column.Source.Precision is { Scale: 0 } p && p.Digits <= BigintDigits => ColumnFit.ByValue,
            ("uuid" or "bigint" or "integer" or "double precision" or "numeric" or "timestamp with time zone" or "boolean" or "jsonb", "text")
                => ColumnFit.ByValue,
            _ => ColumnFit.Never,
        };
    }
}
