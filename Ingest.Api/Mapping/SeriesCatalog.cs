using System.Collections.Concurrent;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// The series that one owner's keys have sent, bounded in number and bytes. A series is found by the bytes it has on the wire, without a
/// string; bytes that are new are looked at once, and lead to the series that they mean, which other bytes may mean already.
/// </summary>
internal sealed class SeriesCatalog(MappingTable table, MappingOptions options, TimeProvider time)
{
    /// <summary>Longest name and labels of a series.</summary>
    public const int MaxKeyBytes = 64 * 1024;

    // Orders and encodings of one series' labels; a sender has one or two.
    private const int MaxWireKeys = 8;

    private const int MaxParts = 4_096;

    // Names and labels' names up to this length are mostly those of other series too, and are kept once.
    private const int SharedLength = 512;

    private readonly ConcurrentDictionary<byte[], Series> _byWire = new(SeriesKeyComparer.Instance);
    private readonly ConcurrentDictionary<SeriesKey, (Series Series, Queue<byte[]> WireKeys)> _series = [];
    private readonly Dictionary<(InstanceReference, string), SumGroup> _groups = [];
    private readonly Dictionary<string, InstanceReference> _instances = [];
    private readonly Dictionary<string, string> _names = [];
    private readonly HashSet<string> _ignored = [.. (IEnumerable<string>?)options.IgnoredLabels ?? MappingOptions.UsualIgnoredLabels];
    private readonly Lock _gate = new();
    private long _bytes;
    private int _nextGroup;

    /// <summary>Series remembered. The dictionary's own count takes all of its locks.</summary>
    public int Count { get; private set; }

    /// <summary>The series that these bytes of a protocol mean; null when they have to be described first.</summary>
    public Series? Find(ReadOnlySpan<byte> wire)
    {
        if (!_byWire.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(wire, out var series))
            return null;
        series.LastUsed = time.GetTimestamp();
        return series;
    }

    /// <summary>The series described, which these bytes are to mean from now on.</summary>
    /// <param name="wire">The bytes.</param>
    /// <param name="description">The series.</param>
    /// <param name="isNew">Whether it was unknown until now.</param>
    public Series Define(ReadOnlySpan<byte> wire, SeriesDescription description, out bool isNew)
    {
        isNew = false;
        if (wire.Length > MaxKeyBytes)
            return TooLong(description);
        lock (_gate)
        {
            var lookup = _byWire.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (lookup.TryGetValue(wire, out var known))
                return known;
            if (_bytes + wire.Length > options.MaxSeriesBytes)
                ForgetIdlest();
            var (series, wireKeys) = Intern(description, out isNew);
            if (wireKeys.Count == MaxWireKeys)
                ForgetWireKey(wireKeys.Dequeue());
            var key = wire.ToArray();
            wireKeys.Enqueue(key);
            _byWire[key] = series;
            _bytes += key.Length;
            return series;
        }
    }

    /// <summary>The series described.</summary>
    /// <param name="description">The series.</param>
    /// <param name="isNew">Whether it was unknown until now.</param>
    public Series Get(SeriesDescription description, out bool isNew)
    {
        isNew = false;
        if (description.Length > MaxKeyBytes)
            return TooLong(description);
        description = description.Without(_ignored);
        if (_series.TryGetValue(SeriesKey.Of(description), out var known))
        {
            known.Series.LastUsed = time.GetTimestamp();
            return known.Series;
        }
        lock (_gate)
            return Intern(description, out isNew).Series;
    }

    /// <summary>A series whose labels take more bytes than anybody should look up.</summary>
    public static Series TooLong(SeriesDescription description) => new(description.WithoutValues(name => name), UnmappedReason.TooLong);

    private (Series Series, Queue<byte[]> WireKeys) Intern(SeriesDescription description, out bool isNew)
    {
        description = description.Without(_ignored);
        var key = SeriesKey.Of(description);
        isNew = !_series.TryGetValue(key, out var known);
        if (isNew)
        {
            if (Count >= options.MaxSeries || _bytes > options.MaxSeriesBytes)
                ForgetIdlest();
            _series[key] = known = (Map(description), new());
            _bytes += OwnBytes(known.Series);
            Count++;
        }
        known.Series.LastUsed = time.GetTimestamp();
        return known;
    }

    private static long OwnBytes(Series series) =>
        sizeof(char) * Math.Max(0, series.Description.Length + (series.Group?.Instance.Name.Length ?? 0) - SharedLength);

    // One rule a column; several columns hang on one another.
    private Series Map(SeriesDescription description)
    {
        Series? first = null;
        foreach (var rule in table.Find(description))
        {
            if (rule.Column == UsageColumn.Ignore)
                return new Series(Shown(description), reason: null);
            var name = rule.InstanceLabels.Select(description.Label).FirstOrDefault(value => value.Length > 0);
            if (name is null)
            {
                first ??= new Series(Shown(description), UnmappedReason.NoInstance);
                continue;
            }

            var group = Group(Instance(name), rule);
            if (group.Count >= MaxParts)
                return new Series(Shown(description), UnmappedReason.TooManyParts);
            first = new Series(Shown(description), rule, group, first?.Rule is null ? null : first)
            {
                Pair = group.Rules > 1 ? SeriesKey.OfLabels(description, rule.Matched) : default,
            };
            group.Add(first);
        }

        return first ?? new Series(Shown(description), UnmappedReason.NoRule);
    }

    // Most of a series' strings are those of others too.
    private SeriesDescription Shown(SeriesDescription description) =>
        options.ShowLabelValues ? description : description.WithoutValues(name => _names.TryGetValue(name, out var known) ? known : _names[name] = name);

    private InstanceReference Instance(string name)
    {
        if (!_instances.TryGetValue(name, out var instance))
            _instances[name] = instance = new InstanceReference(name, Guid.TryParseExact(name, "D", out var id) ? id : null);
        return instance;
    }

    private SumGroup Group(InstanceReference instance, CompiledRule rule)
    {
        if (!_groups.TryGetValue((instance, rule.Group), out var group))
            _groups[(instance, rule.Group)] = group = new SumGroup(_nextGroup++, instance, rule);
        return group;
    }

    // A quarter at once, so that the search through all of them is paid by many new series.
    private void ForgetIdlest()
    {
        _names.Clear();
        var idle = new HashSet<Series>();
        foreach (var (key, (series, wireKeys)) in _series.OrderBy(pair => pair.Value.Series.LastUsed).Take((Count / 4) + 1).ToList())
        {
            _series.TryRemove(key, out _);
            _bytes -= OwnBytes(series);
            Count--;
            foreach (var wire in wireKeys)
                ForgetWireKey(wire);
            for (var one = series; one is not null; one = one.Also)
                idle.Add(one);
        }

        foreach (var members in idle.Where(series => series.Group is not null).GroupBy(series => series.Group!))
            members.Key.Remove(members.ToHashSet());
        foreach (var (key, _) in _groups.Where(pair => pair.Value.Count == 0).ToList())
            _groups.Remove(key);
        var used = _groups.Keys.Select(key => key.Item1).ToHashSet();
        foreach (var (name, _) in _instances.Where(pair => !used.Contains(pair.Value)).ToList())
            _instances.Remove(name);
    }

    private void ForgetWireKey(byte[] wire)
    {
        if (_byWire.TryRemove(wire, out _))
            _bytes -= wire.Length;
    }
}
