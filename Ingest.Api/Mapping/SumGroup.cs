using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The series that add up to one column of one instance: network interfaces, cores, file systems. Thread-safe.</summary>
internal sealed class SumGroup(int id, InstanceReference instance, CompiledRule rule)
{
    private const long RefusedFor = 60_000_000_000;

    private readonly Lock _gate = new();
    private Series[] _members = [];
    private int _count;
    private SemaphoreSlim? _starting;
    private Guid _instanceId;
    private volatile int _turn;
    private bool _isStarted;
    private int _version;
    private long _base = long.MaxValue;
    private StoredSum? _stored;
    private double _held;
    private SumPace _pace = SumPace.None;
    private (Series, Series)? _apart;
    private long _silentFrom = long.MaxValue;
    private long _dueFrom = rule.Kind == SeriesKind.Counter ? long.MinValue : long.MaxValue;

    /// <summary>Orders a request's values by group.</summary>
    public int Id { get; } = id;

    public InstanceReference Instance { get; } = instance;

    public Measure Column { get; } = rule.Column!.Value;

    public SeriesKind Kind { get; } = rule.Kind;

    /// <summary>How many rules share the group; with more than one, each must contribute to a pair.</summary>
    public int Rules { get; } = rule.RulesInGroup;

    /// <summary>
    /// Whether a sample at a time must wait for <see cref="GoOn"/>: the first of its instance, and of counters the first after a silence, in
    /// which somebody else may have written.
    /// </summary>
    public bool IsDue(long time) => _turn != Instance.Turn || time >= Volatile.Read(ref _dueFrom);

    /// <summary>The newest step that the sum of its instance is known up to.</summary>
    public long Newest
    {
        get
        {
            lock (_gate)
                return _turn == Instance.Turn ? _pace.Newest : long.MinValue;
        }
    }

    /// <summary>Held by the request that begins its counters (<see cref="CounterStart"/>).</summary>
    public SemaphoreSlim Starting => LazyInitializer.EnsureInitialized(ref _starting, () => new(1, 1));

    /// <summary>Its members and what they add up to, at one moment.</summary>
    public SumSnapshot Read()
    {
        lock (_gate)
            return new(_instanceId, _version, _members.AsMemory(0, _count), _base, _stored, _held, _pace, _apart);
    }

    /// <summary>
    /// Makes it the sum of an instance. What is remembered of another instance's counters and parts is none of it. Counters that have begun go
    /// on; but where another writer has stored more of them since, from that: below it, they would seem to have been restarted.
    /// </summary>
    /// <param name="target">The instance, as <see cref="InstanceReference.Target"/> has it.</param>
    /// <param name="stored">What is stored of it; null where nothing is.</param>
    public void GoOn((Guid Instance, int Turn) target, StoredSum? stored)
    {
        lock (_gate)
        {
            if (target.Turn < _turn)
                return;
            if (target.Turn > _turn || (stored is { } row && _base != long.MaxValue && _pace.IsOfAnother(row)))
                Forget();
            (_instanceId, _turn) = target;
            if (_base == long.MaxValue && stored is { } last)
                (_stored, _pace, _version) = (last, _pace with { Newest = last.Time, Value = last.Value }, _version + 1);
        }
    }

    /// <summary>Notes that a request has begun its counters, or has tried to.</summary>
    /// <param name="time">The time of the request's first new value.</param>
    public void Start(long time)
    {
        lock (_gate)
        {
            _isStarted = true;
            // One whose rows were refused need not be looked up for each request.
            Volatile.Write(ref _dueFrom, _silentFrom == long.MaxValue ? time + RefusedFor : _silentFrom);
        }
    }

    private void Forget()
    {
        foreach (var member in _members.AsSpan(0, _count))
            member.State = SeriesState.Empty;
        (_base, _stored, _held, _pace, _apart, _version) = (long.MaxValue, null, 0, SumPace.None, null, _version + 1);
        if (Kind != SeriesKind.Counter)
            return;
        (_isStarted, _silentFrom) = (false, long.MaxValue);
        Volatile.Write(ref _dueFrom, long.MinValue);
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
    /// <param name="work">That.</param>
    /// <param name="states">The new state of each series that it touched.</param>
    /// <returns>False when another request was faster: start again from what it left.</returns>
    public bool TryCommit(in GroupWork work, ReadOnlySpan<(Series Series, SeriesState State)> states)
    {
        lock (_gate)
        {
            // Its name leads to another instance by now.
            if (_instanceId != work.Seen.Instance)
                return true;
            if (_version != work.Seen.Version)
                return false;
            foreach (var (series, state) in states)
                series.State = state;
            (_base, _stored, _held, _pace, _silentFrom) = (Math.Min(_base, work.Base), work.Stored, work.Held, work.Pace, work.SilentFrom);
            _apart = work.Apart;
            if (_isStarted)
                Volatile.Write(ref _dueFrom, _silentFrom);
            _version++;
            return true;
        }
    }
}
