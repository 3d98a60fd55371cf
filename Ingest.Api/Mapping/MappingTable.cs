using System.Collections.Frozen;
using LaunchStack.Ingest.Api.Mapping.Defaults;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>All rules, own ones first, ready to be asked.</summary>
internal sealed class MappingTable
{
    // Where an agent can say the id itself, it uses one of these; each client's spelling of "launchstack instance id".
    private static readonly string[] OwnLabels =
    [
        "launchstack_instance_id", "launchstack.instance.id", "launchstack.instance_id", "instance_id",
        "container_label_launchstack_instance_id", "container.label.launchstack.instance_id",
    ];

    private readonly FrozenDictionary<string, CompiledRule[]> _rules;

    /// <exception cref="ArgumentException">An expression of a rule is not one.</exception>
    public MappingTable(IOptions<MappingOptions> options)
    {
        var value = options.Value;
        MappingRule[] rules = [.. value.Rules, .. value.BuiltInRules ? BuiltInRules.All : []];
        var groups = rules.Where(rule => rule.Group.Length > 0)
            .CountBy(rule => (rule.Source, rule.Measure, rule.Group)).ToDictionary();

        string[] first = [.. value.InstanceLabels, .. OwnLabels];
        _rules = rules
            .Select((rule, index) => (rule.Series, Compiled: Compile(rule, index)))
            .GroupBy(pair => pair.Series, pair => pair.Compiled)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());

        CompiledRule Compile(MappingRule rule, int index) => rule.Group.Length == 0
            ? new(index, rule, $"#{index}", 1, [.. first, .. rule.Instance])
            : new(
                index, rule, $"{rule.Source}/{rule.Measure}/{rule.Group}", groups[(rule.Source, rule.Measure, rule.Group)],
                [.. first, .. rule.Instance]);
    }

    /// <summary>The rules for a series: for each column the first that fits, in the order of the table.</summary>
    public IReadOnlyList<CompiledRule> Find(SeriesDescription series)
    {
        if (!_rules.TryGetValue(series.Name, out var candidates))
            return [];
        var found = new List<CompiledRule>(1);
        foreach (var rule in candidates)
        {
            if (!found.Exists(other => other.Column == rule.Column) && rule.Fits(series))
                found.Add(rule);
        }

        return found;
    }
}
