using System.Globalization;

namespace LaunchStack.Migrator.Legacy;

/// <summary>A column of the original.</summary>
/// <param name="Name">As it is spelled.</param>
/// <param name="Type">As <c>format_type</c> writes it.</param>
/// <param name="IsBuiltIn">
/// False for types that the target may lack (enums, extensions), or whose values mean something else there (regclass).
/// </param>
internal sealed record OriginalColumn(string Name, string Type, bool IsBuiltIn)
{
    /// <summary>For people.</summary>
    public string Display => OriginalTable.Plain(Name);

    /// <summary>The type without its modifier; text for every kind of text.</summary>
    public string Kind { get; } = KindOf(Type);

    public string Quoted => OriginalTable.Quote(Name);

    /// <summary>Of a numeric with a modifier: its digits, and how many of them are behind the point; null otherwise.</summary>
    public (int Digits, int Scale)? Precision => Type.StartsWith("numeric(", StringComparison.Ordinal)
        && Type[8..^1].Split(',') is [var digits, var scale]
        && int.TryParse(digits, CultureInfo.InvariantCulture, out var d) && int.TryParse(scale, CultureInfo.InvariantCulture, out var s) ? (d, s) : null;

    /// <summary>A type as <c>format_type</c> writes it, without its modifier; text for every kind of text.</summary>
    public static string KindOf(string type)
    {
        // timestamp(3) with time zone: the modifier stands in the middle.
        var (start, end) = (type.IndexOf('(', StringComparison.Ordinal), type.IndexOf(')', StringComparison.Ordinal));
        var kind = start < 0 ? type : type.Remove(start, end - start + 1);
        return kind is "character varying" or "character" or "citext" or "name" ? "text" : kind;
    }

    /// <summary>The type of a column that is added to the target for it.</summary>
    public string TargetType => IsBuiltIn ? Type : "text";
}
