using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// The series that one owner's keys have sent, bounded in number and bytes. A series is found by the bytes it has on the wire, without a
/// string; bytes that are new are looked at once, and lead to the series that they mean, which other bytes may mean already. What is added
/// up together is forgotten together, and never while a request holds it: a sum that lost some of its parts would fall, one that comes anew
/// goes on from what is stored.
/// </summary>
internal sealed class SeriesCatalog(MappingTable table, MappingOptions options)
{
    /// <summary>Longest name and labels of a series.</summary>
    public const int MaxKeyBytes = 64 * 1024;

    /// <summary>Bytes of names, labels and how they are written on the wire that are remembered, for each series that there may be.</summary>
    public const int BytesOfSeries = 1024;

    // About what a series takes besides them.
    private const int BytesBesides = 1280;

    // Orders and encodings of one series' labels; a sender has one or two.
    private const int MaxWireKeys = 8;

    private const int MaxParts = 4_096;

    // Steps that all series together may keep for each that there may be, and at most one of them: it is copied by each request that changes it.
    private const int StepsOfAll = 8;
    private const int MaxStepsOfOne = 1_024;

    // Names and labels' names up to this length are mostly those of other series too, and are kept once.
    private const int SharedLength = 512;

    private static readonly Counter<long> Forgotten = new Meter(WriterTelemetry.Name).CreateCounter<long>(
        "launchstack.ingest.series.forgotten", "{series}", "Series that fill a column and had to make room for others (Mapping:MaxSeries).");

    private readonly ConcurrentDictionary<byte[], Series> _byWire = new(SeriesKeyComparer.Instance);
    private readonly ConcurrentDictionary<SeriesKey, (Series Series, Queue<byte[]> WireKeys)> _series = [];
    private readonly Dictionary<(InstanceReference, string), SumGroup> _groups = [];
    private readonly Dictionary<string, InstanceReference> _instances = [];
    private readonly Dictionary<string, string> _names = [];
    private readonly HashSet<string> _ignored = [.. (IEnumerable<string>?)options.IgnoredLabels ?? MappingOptions.UsualIgnoredLabels];
    private readonly List<long> _open = [];
    private readonly Lock _gate = new();
    private long _bytes;
    private (int Count, long Bytes) _most = (options.MaxSeries, MaxBytesOf(options));
    private int _nextGroup;
    private long _request;

    /// <inheritdoc cref="SeriesBatch.Amending"/>
    public SemaphoreSlim Amending { get; } = new(1, 1);

    /// <summary>How many it remembers.</summary>
    public int MaxSeries => options.MaxSeries;

    /// <summary>About how many bytes of memory it takes.</summary>
    public long Size => (Count * (long)BytesBesides) + Volatile.Read(ref _bytes);

    /// <summary>Steps whose parts a series may keep: where there are few series, each may have what there is memory for.</summary>
    public int MaxSteps => Math.Min(MaxStepsOfOne, StepsOfAll * options.MaxSeries / Math.Max(1, Count));

    /// <summary>Series remembered. The dictionary's own count takes all of its locks.</summary>
    public int Count { get; private set; }

    /// <summary>Begins a request: what it finds from now on is not forgotten before it ends.</summary>
    /// <returns>The request's number, for <see cref="Close"/>.</returns>
    public long Open()
    {
        lock (_gate)
        {
            _open.Add(++_request);
            return _request;
        }
    }

    /// <summary>Ends a request.</summary>
    public void Close(long request)
    {
        lock (_gate)
            _open.Remove(request);
    }

    /// <summary>Forgets a quarter of what it remembers and no request holds, the idlest first.</summary>
    public void Shrink()
    {
        lock (_gate)
            ForgetIdlest(Count / 4 * 3, _bytes / 4 * 3);
    }

    /// <summary>The series that these bytes of a protocol mean; null when they have to be described first.</summary>
    public Series? Find(ReadOnlySpan<byte> wire) =>
        _byWire.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(wire, out var series) && TryUse(series) ? series : null;

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
            if (lookup.TryGetValue(wire, out var known) && TryUse(known))
                return known;
            if (_bytes + wire.Length > _most.Bytes)
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
        if (_series.TryGetValue(SeriesKey.Of(description), out var known) && TryUse(known.Series))
            return known.Series;
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
            if (Count >= _most.Count || _bytes > _most.Bytes)
                ForgetIdlest();
            _series[key] = known = (Map(description), new());
            _bytes += OwnBytes(known.Series);
            Count++;
        }
        TryUse(known.Series);
        return known;
    }

    // Noted before it is looked whether it is just being forgotten: see ForgetIdlest.
    private bool TryUse(Series series)
    {
        series.LastUsed = Volatile.Read(ref _request);
        return !series.IsForgotten;
    }

    private static long MaxBytesOf(MappingOptions options) => BytesOfSeries * (long)options.MaxSeries;

    private static long OwnBytes(Series series) =>
        sizeof(char) * Math.Max(0, series.Description.Length + (series.Group?.Instance.Name.Length ?? 0) - SharedLength);

    // One rule a column; several columns hang on one another.
    private Series Map(SeriesDescription description)
    {
        Series? first = null;
        foreach (var rule in table.Find(description))
        {
            if (rule.Column is null)
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
    private void ForgetIdlest() => ForgetIdlest(options.MaxSeries / 4 * 3, MaxBytesOf(options) / 4 * 3);

    private void ForgetIdlest(int count, long bytes)
    {
        _names.Clear();
        var since = _open.Count == 0 ? long.MaxValue : _open[0];
        // What fills no column, however lately it came, makes room for what does: most of what a scrape brings is none of ours.
        var idle = SeriesFamily.Of(_series, entry => entry.Value.Series).Where(IsIdle)
            .OrderBy(family => family.Key is not Series).ThenBy(family => family.Max(entry => entry.Value.Series.LastUsed)).ToList();
        foreach (var (_, (series, _)) in idle.SelectMany(family => family))
            series.IsForgotten = true;
        // A request that has not seen that now has noted before that it uses the series (TryUse).
        Interlocked.MemoryBarrierProcessWide();
        foreach (var family in idle)
        {
            var isForgotten = (Count > count || _bytes > bytes) && IsIdle(family);
            foreach (var (key, (series, wireKeys)) in family)
            {
                series.IsForgotten = isForgotten;
                if (isForgotten)
                    Forget(key, series, wireKeys);
            }
        }
        _most = (Math.Max(options.MaxSeries, Count + (options.MaxSeries / 4)), Math.Max(MaxBytesOf(options), _bytes + (MaxBytesOf(options) / 4)));

        var groups = _series.Values.SelectMany(entry => SeriesFamily.GroupsOf(entry.Series)).ToHashSet();
        foreach (var (key, _) in _groups.Where(pair => !groups.Contains(pair.Value)).ToList())
            _groups.Remove(key);
        var instances = groups.Select(group => group.Instance).ToHashSet();
        foreach (var (name, _) in _instances.Where(pair => !instances.Contains(pair.Value)).ToList())
            _instances.Remove(name);

        // One that fills no column has nothing that could be lost.
        bool IsIdle(IGrouping<object, KeyValuePair<SeriesKey, (Series Series, Queue<byte[]>)>> family) =>
            family.Key is Series || family.All(entry => entry.Value.Series.LastUsed < since);
    }

    private void Forget(SeriesKey key, Series series, Queue<byte[]> wireKeys)
    {
        _series.TryRemove(key, out _);
        _bytes -= OwnBytes(series);
        Count--;
        Forgotten.Add(series.Group is null ? 0 : 1);
        foreach (var wire in wireKeys)
            ForgetWireKey(wire);
    }

    private void ForgetWireKey(byte[] wire)
    {
        if (_byWire.TryRemove(wire, out _))
            _bytes -= wire.Length;
    }
}
