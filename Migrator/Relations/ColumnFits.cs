using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Relations;

internal static class ColumnFits
{
    // Decimal digits that a bigint holds, whatever they are.
    private const int BigintDigits = 18;

    public static ColumnFit Of(TargetColumn column)
    {
        if (!column.IsThere || column.Type == column.Source.TargetType)
            return ColumnFit.Same;
        var (source, target) = (column.Source.Kind, OriginalColumn.KindOf(column.Type));
        if (IsBounded(column.Type))
            return ColumnFit.Never;
        return (target, source) switch
        {
            ("text", _) => ColumnFit.Same,
            _ when source == target => ColumnFit.Same,
            ("bigint", "integer" or "smallint") or ("integer", "smallint") => ColumnFit.Same,
            ("timestamp with time zone", "timestamp without time zone") => ColumnFit.Same,
            ("timestamp with time zone", "date") => ColumnFit.ByValue,
            ("jsonb", "json") => ColumnFit.ByValue,
            ("double precision", "real" or "integer" or "smallint") => ColumnFit.ByValue,
            ("double precision", "numeric") when column.Source.Precision is { } p && p.Digits <= LegacySampleCast.DoubleDigits => ColumnFit.ByValue,
            ("bigint", "numeric") when column.Source.Precision is { Scale: 0 } p && p.Digits <= BigintDigits => ColumnFit.ByValue,
            ("uuid" or "bigint" or "integer" or "double precision" or "numeric" or "timestamp with time zone" or "boolean" or "jsonb", "text")
                => ColumnFit.ByValue,
            _ => ColumnFit.Never,
        };
    }

    /// <summary>The type that the target's column is to have, where its own is the original's but for how much it holds; null otherwise.</summary>
    public static string? Unbounded(TargetColumn column) =>
        column.Source.Kind == OriginalColumn.KindOf(column.Type) && IsBounded(column.Type) ? column.Source.Kind : null;

    /// <summary>
    /// Over the text of the original's value: whether the target's type is the same value, where it may read one that is not; null where
    /// whatever it reads is. A number may be spelled in any decimal way, but for zeros before it, as codes have them (0080), and digits that would be lost; a
    /// word such as "now" is another time at each reading.
    /// </summary>
    public static string? IsKept(TargetColumn column, string text) => (OriginalColumn.KindOf(column.Type), column.Source.Kind) switch
    {
        _ when Of(column) != ColumnFit.ByValue => null,
        ("timestamp with time zone", "text") => $"{text} !~* 'now|today|tomorrow|yesterday'",
        ("bigint" or "integer", "text") => $"{text} ~ '^\\s*[-+]?(0|[1-9][0-9]*)\\s*$'",
        ("double precision" or "numeric", "text") => $"CASE WHEN {text} ~* '^\\s*[-+]?(0|[1-9][0-9]*)?(\\.[0-9]*)?(e[-+]?[0-9]+)?\\s*$' "
            + $"THEN {text}::{column.Type}::text::numeric = {text}::numeric ELSE {text} ~* '^\\s*[-+]?(nan|inf|infinity)\\s*$' END",
        _ => null,
    };

    // A cast to such a type cuts and rounds without a word.
    private static bool IsBounded(string type) => type is "name" || type.Contains('(', StringComparison.Ordinal);
}
