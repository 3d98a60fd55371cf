using System.Text;

namespace LaunchStack.Usage.Samples;

/// <summary>The measures as columns of <c>resource_usage</c>, which are also their names on the wire.</summary>
public static class Measures
{
    /// <summary>How many there are.</summary>
    public const int Count = 6;

    private static readonly string[] Names = ["cpu_usage", "memory_usage", "memory_limit", "disk_usage", "network_in", "network_out"];
    private static readonly byte[][] Utf8Names = [.. Names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>All, in the order of their columns.</summary>
    public static IReadOnlyList<Measure> All { get; } = Enum.GetValues<Measure>();

    /// <summary>Their columns as a list in SQL.</summary>
    public static string Columns { get; } = string.Join(", ", Names);

    /// <summary>Its column.</summary>
    public static string Column(this Measure measure) => Names[(int)measure];

    /// <summary>Type of its column.</summary>
    public static string SqlType(this Measure measure) => measure == Measure.CpuUsage ? "double precision" : "bigint";

    /// <summary>In SQL: whether a row has a measure that the other lacks, or a greater one.</summary>
    internal static string RaisesSql(string row, string other, IEnumerable<Measure> measures) => string.Join(
        " OR ",
        measures.Select(m => m.Column()).Select(c => $"{row}.{c} > {other}.{c} OR ({other}.{c} IS NULL AND {row}.{c} IS NOT NULL)").DefaultIfEmpty("false"));

    /// <summary>The measure that a member or column is named for, null when it is none.</summary>
    public static Measure? Find(ReadOnlySpan<byte> name)
    {
        var names = Utf8Names;
        for (var i = 0; i < names.Length; i++)
        {
            if (name.Length == names[i].Length && name.SequenceEqual(names[i]))
                return (Measure)i;
        }
        return null;
    }
}
