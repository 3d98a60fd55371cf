using System.Collections.Concurrent;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The series that one owner's keys have sent, bounded in number and bytes.</summary>
internal sealed class SeriesCatalog(MappingTable table, MappingOptions options, TimeProvider time)
{
    // Longer than any agent's; a stranger's are not remembered.
    private const int MaxKeyBytes = 16 * 1024;

    private readonly ConcurrentDictionary<byte[], Series> _series = new(SeriesKeyComparer.Instance);
    private readonly Dictionary<(InstanceReference, string), SumGroup> _groups = [];
    private readonly Dictionary<string, InstanceReference> _instances = [];
    private readonly Lock _gate = new();
    private long _bytes;
    private int _nextGroup;

    /// <summary>Series remembered.</summary>
    public int Count => _series.Count;

    public Series? Find(ReadOnlySpan<byte> key)
    {
        if (!_series.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var series))
            return null;
        series.LastUsed = time.GetTimestamp();
        return series;
    }

    public Series Define(ReadOnlySpan<byte> key, SeriesDescription description)
    {
        if (key.Length > MaxKeyBytes)
            return new Series(description, UnmappedReason.TooLong);
        lock (_gate)
        {
            var lookup = _series.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (lookup.TryGetValue(key, out var known))
                return known;
            if (_series.Count >= options.MaxSeries || _bytes + key.Length > options.MaxSeriesBytes)
                ForgetIdlest();
            var series = Map(description);
            series.LastUsed = time.GetTimestamp();
            lookup[key] = series;
            _bytes += key.Length;
            return series;
        }
    }

    // One rule a column; several columns hang on one another.
    private Series Map(SeriesDescription description)
    {
        Series? first = null;
        foreach (var rule in table.Find(description))
        {
            if (rule.Column == UsageColumn.Ignore)
                return new Series(description, reason: null);
            var name = rule.InstanceLabels.Select(description.Label).FirstOrDefault(value => value.Length > 0);
            first = name is null
                ? first ?? new Series(description, UnmappedReason.NoInstance)
                : new Series(description, rule, Group(Instance(name), rule), first?.Rule is null ? null : first);
        }

        return first ?? new Series(description, UnmappedReason.NoRule);
    }

    private InstanceReference Instance(string name)
    {
        if (!_instances.TryGetValue(name, out var instance))
            _instances[name] = instance = new InstanceReference(name, Guid.TryParseExact(name, "D", out var id) ? id : null);
        return instance;
    }

    private SumGroup Group(InstanceReference instance, CompiledRule rule)
    {
        if (!_groups.TryGetValue((instance, rule.Group), out var group))
            _groups[(instance, rule.Group)] = group = new SumGroup(_nextGroup++, instance, rule.Column, rule.RulesInGroup);
        return group;
    }

    // A quarter at once, so that the search through all of them is paid by many new series.
    private void ForgetIdlest()
    {
        foreach (var (key, idle) in _series.OrderBy(pair => pair.Value.LastUsed).Take((_series.Count / 4) + 1))
        {
            if (!_series.TryRemove(key, out _))
                continue;
            _bytes -= key.Length;
            for (var series = idle; series is not null; series = series.Also)
                series.Group?.Remove(series);
        }

        foreach (var (key, _) in _groups.Where(pair => pair.Value.Members.Length == 0).ToList())
            _groups.Remove(key);
        var used = _groups.Keys.Select(key => key.Item1).ToHashSet();
        foreach (var (name, _) in _instances.Where(pair => !used.Contains(pair.Value)).ToList())
            _instances.Remove(name);
    }
}
