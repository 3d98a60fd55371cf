using System.Text;

namespace LaunchStack.Usage.Samples;

/// <summary>What each measure is: its column of <c>resource_usage</c>, which is also its name on the wire, its type and its range.</summary>
public static class Measures
{
    /// <summary>How many there are.</summary>
    public const int Count = 6;

    private static readonly Kind[] Kinds =
    [
        Fraction("cpu_usage", SampleRules.MaxCpu, "percent of one core"),
        Whole("memory_usage"),
        Whole("memory_limit"),
        Whole("disk_usage"),
        Whole("network_in"),
        Whole("network_out"),
    ];

    private static readonly byte[][] Utf8Names = [.. Kinds.Select(kind => Encoding.UTF8.GetBytes(kind.Column))];

    // A bit each: what is asked of every value must cost no look-up.
    private static readonly int Fractions = Kinds.Select((kind, measure) => kind.IsFraction ? 1 << measure : 0).Sum();

    /// <summary>All, in the order of their columns.</summary>
    public static IReadOnlyList<Measure> All { get; } = Enum.GetValues<Measure>();

    /// <summary>Their columns as a list in SQL.</summary>
    public static string Columns { get; } = string.Join(", ", Kinds.Select(kind => kind.Column));

    /// <summary>Its column.</summary>
    public static string Column(this Measure measure) => Kinds[(int)measure].Column;

    /// <summary>Whether it is a double; the others are whole numbers of 64 bits.</summary>
    public static bool IsFraction(this Measure measure) => (Fractions & (1 << (int)measure)) != 0;

    /// <summary>Type of its column.</summary>
    public static string SqlType(this Measure measure) => measure.IsFraction() ? "float8" : "int8";

    /// <summary>The greatest value that can be; each begins at 0.</summary>
    public static double Max(this Measure measure) => Kinds[(int)measure].Max;

    /// <summary>What it is counted in.</summary>
    public static string Unit(this Measure measure) => Kinds[(int)measure].Unit;

    /// <summary>In SQL: whether a row has a measure that the other lacks, or a greater one.</summary>
    internal static string RaisesSql(string row, string other, IEnumerable<Measure> measures) => string.Join(
        " OR ",
        measures.Select(m => m.Column()).Select(c => $"{row}.{c} > {other}.{c} OR ({other}.{c} IS NULL AND {row}.{c} IS NOT NULL)").DefaultIfEmpty("false"));

    /// <summary>Memory in percent of its limit; null without one.</summary>
    public static double? MemoryPercentage(double? usage, long? limit) => limit > 0 ? usage * 100 / limit : null;

    /// <summary>The same in SQL, as a numeric.</summary>
    public static string MemoryPercentageSql(string usage, string limit) => $"{usage} * 100.0 / nullif({limit}, 0)";

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

    private static Kind Fraction(string column, double max, string unit) => new(column, true, max, unit);

    private static Kind Whole(string column) => new(column, false, long.MaxValue, "bytes");

    private readonly record struct Kind(string Column, bool IsFraction, double Max, string Unit);
}
