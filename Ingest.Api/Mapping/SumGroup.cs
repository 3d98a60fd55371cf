namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The series that add up to one column of one instance: network interfaces, cores, file systems. Thread-safe.</summary>
internal sealed class SumGroup(int id, InstanceReference instance, CompiledRule rule)
{
    private readonly Lock _gate = new();
    private Series[] _members = [];
    private int _count;
    private SemaphoreSlim? _starting;
    private int _version;
    private long _base = long.MaxValue;
    private StoredSum? _stored;
    private double _held;

    /// <summary>Orders a request's values by group.</summary>
    public int Id { get; } = id;

    public InstanceReference Instance { get; } = instance;

    public UsageColumn Column { get; } = rule.Column;

    public SeriesKind Kind { get; } = rule.Kind;

    /// <summary>How many rules share the group; with more than one, each must contribute to a pair.</summary>
    public int Rules { get; } = rule.RulesInGroup;

    /// <summary>Whether its counters have begun, or a request has tried to begin them.</summary>
    public bool IsStarted { get; set; } = rule.Kind != SeriesKind.Counter;

    /// <summary>Held by the request that begins its counters (<see cref="CounterStart"/>).</summary>
    public SemaphoreSlim Starting => LazyInitializer.EnsureInitialized(ref _starting, () => new(1, 1));

    /// <summary>Its members and what they add up to, at one moment.</summary>
    public SumSnapshot Read()
    {
        lock (_gate)
            return new(_version, _members.AsMemory(0, _count), _base, _stored, _held);
    }

    /// <summary>Lets its counters go on from a stored sum, unless they have begun.</summary>
    public void GoOn(StoredSum stored)
    {
        lock (_gate)
        {
            if (_base == long.MaxValue)
                (_stored, _version) = (stored, _version + 1);
        }
    }

    public void Add(Series series)
    {
        lock (_gate)
        {
            // A snapshot may be reading the old array up to its count; only what lies beyond is written.
            if (_count == _members.Length)
                Array.Resize(ref _members, Math.Max(1, _count * 2));
            _members[_count++] = series;
        }
    }

    /// <summary>How many members it has.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Publishes what a request made of the group's series.</summary>
    /// <param name="seen">What the request started from.</param>
    /// <param name="start">The step with which the counters begin, as the request sees it.</param>
    /// <param name="stored">What is left of <see cref="SumSnapshot.Stored"/>.</param>
    /// <param name="held">What <see cref="SumSnapshot.Held"/> has become.</param>
    /// <param name="states">The new state of each series that it touched.</param>
    /// <returns>False when another request was faster: start again from what it left.</returns>
    public bool TryCommit(in SumSnapshot seen, long start, StoredSum? stored, double held, ReadOnlySpan<(Series Series, SeriesState State)> states)
    {
        lock (_gate)
        {
            if (_version != seen.Version)
                return false;
            foreach (var (series, state) in states)
                series.State = state;
            (_base, _stored, _held) = (Math.Min(_base, start), stored, held);
            _version++;
            return true;
        }
    }
}
