using System.Text.RegularExpressions;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A rule whose expressions have been checked.</summary>
internal sealed class CompiledRule
{
    private const double MaxCpu = 102_400;

    private readonly (string Label, Regex Value, bool Negated)[] _matchers;
    private readonly HashSet<string> _matched;

    /// <param name="index">Its place in the table.</param>
    /// <param name="rule">As configured.</param>
    /// <param name="group">Key of the rules it adds up with.</param>
    /// <param name="rulesInGroup">How many those are.</param>
    /// <param name="instanceLabels">Labels that tell the instance, best first.</param>
    public CompiledRule(int index, MappingRule rule, string group, int rulesInGroup, string[] instanceLabels)
    {
        Index = index;
        Source = rule.Source;
        Column = rule.Measure;
        Kind = rule.Kind;
        Scale = rule.Scale;
        Offset = rule.Offset;
        Highest = rule.Highest ?? (rule is { Kind: SeriesKind.Rate, Measure: Measure.CpuUsage } ? MaxCpu : double.MaxValue);
        Group = group;
        RulesInGroup = rulesInGroup;
        InstanceLabels = instanceLabels;
        _matched = [.. rule.Match.Keys];
        _matchers = [.. rule.Match.Select(pair => Matcher(pair.Key, pair.Value))];
    }

    public int Index { get; }

    public WireProtocol? Source { get; }

    /// <summary>What it maps to; null: its series are not wanted.</summary>
    public Measure? Column { get; }

    public SeriesKind Kind { get; }

    public double Scale { get; }

    public double Offset { get; }

    /// <summary>The greatest rate of one series that can be.</summary>
    public double Highest { get; }

    /// <summary>Labels that it matches by.</summary>
    public IReadOnlySet<string> Matched => _matched;

    public string Group { get; }

    public int RulesInGroup { get; }

    public string[] InstanceLabels { get; }

    /// <summary>Whether what it maps is taken off the others of its group.</summary>
    public bool TakesOff => RulesInGroup > 1 && Scale < 0;

    /// <summary>Whether the column can hold a part of its sum.</summary>
    /// <param name="part">A value times scale plus offset.</param>
    public bool Holds(double part) => RowTable.Holds(Column!.Value, TakesOff ? Offset - part : part);

    /// <summary>Whether the labels fit; the name has been compared already.</summary>
    public bool Fits(SeriesDescription series)
    {
        if (Source is { } source && source != series.Source)
            return false;
        foreach (var (label, value, negated) in _matchers)
        {
            if (value.IsMatch(series.Label(label)) == negated)
                return false;
        }

        return true;
    }

    /// <summary>An expression of a rule, ready to be matched.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    /// <exception cref="NotSupportedException">It is one that takes more than linear time: label values come from strangers.</exception>
    public static (string Label, Regex Value, bool Negated) Matcher(string label, string pattern)
    {
        var negated = pattern.StartsWith('!');
        var regex = new Regex(
            $"^(?:{(negated ? pattern[1..] : pattern)})$",
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
        return (label, regex, negated);
    }
}
