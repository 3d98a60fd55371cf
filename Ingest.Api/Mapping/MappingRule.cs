using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>One row of the mapping table, as it stands in the configuration.</summary>
internal sealed class MappingRule
{
    /// <summary>The <see cref="Column"/> of a rule whose series are known and not wanted; they are not reported as unmapped.</summary>
    public const string Ignore = "Ignore";

    /// <summary>The protocol it is for; null for all.</summary>
    public WireProtocol? Source { get; set; }

    /// <summary>The series' exact name.</summary>
    public string Series { get; set; } = "";

    /// <summary>
    /// Label → regular expression that must match its whole value; with <c>!</c> in front, must not.
    /// An absent label is empty.
    /// </summary>
    public Dictionary<string, string> Match { get; set; } = [];

    /// <summary>The column to fill, by the name of its <see cref="LaunchStack.Usage.Samples.Measure"/>, or <see cref="Ignore"/>.</summary>
    public string Column { get; set; } = Ignore;

    /// <summary>The measure of the column; null for none.</summary>
    public Measure? Measure => Measures.All.Cast<Measure?>().FirstOrDefault(measure => measure.ToString()!.Equals(Column, StringComparison.OrdinalIgnoreCase));

    /// <summary>What becomes of the values on their way into the column.</summary>
    public SeriesKind Kind { get; set; }

    /// <summary>Factor, such as 100 for cores → percent, 1024 for KiB → bytes, -1 for a part to take off.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>Added to each series' value after the factor.</summary>
    public double Offset { get; set; }

    /// <summary>A rate of one series above this cannot be, and is left out; null: 102,400 percent of one core, a thousand cores.</summary>
    public double? Highest { get; set; }

    /// <summary>
    /// Rules of one group and column add up, and count only where each found a series with the same labels (but those it matches by):
    /// total − free.
    /// </summary>
    public string Group { get; set; } = "";

    /// <summary>Labels that tell the instance; the first one that is there counts.</summary>
    public IList<string> Instance { get; set; } = [];

    /// <summary>A rule in one line, as the built-in tables have it.</summary>
    public static MappingRule For(
        WireProtocol source, string series, Measure column, SeriesKind kind, string[] instance, double scale, params (string Label, string Value)[] match) =>
        new()
        {
            Source = source, Series = series, Column = column.ToString(), Kind = kind, Scale = scale, Instance = instance,
            Match = match.ToDictionary(pair => pair.Label, pair => pair.Value),
        };
}
