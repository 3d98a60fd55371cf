using System.Buffers;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What one request brought: its mapped values, and its unmapped ones by reason. A protocol's parser fills it: it looks a series up by
/// its bytes on the wire, and spends strings on it only when they are new. <see cref="SeriesAggregator"/> makes rows of it.
/// Not thread-safe.
/// </summary>
internal class SeriesBatch(SeriesOwner owner, SeriesCatalog catalog, BodyMemory memory) : IDisposable
{
    // Mapped or not; 32 bytes each while they are read.
    private const int MaxValues = 250_000;

    // A kilobyte for each of them, of what a few bytes of the body can name again and again.
    private const long MaxLookedAt = 256L << 20;

    // To look at one without labels costs as much as so many bytes of them.
    private const int LookBytes = 128;

    // Likewise a label, besides its name and value.
    private const int LabelBytes = 128;

    // An exception each.
    private const int MaxMalformed = 10_000;

    // Bounded, since each keeps a series alive that the catalog may have forgotten meanwhile.
    private const int MaxUnmapped = 1_000;
    private const int FirstPoints = 256;

    // The first ones tell what is wrong.
    private const int MaxRefusals = 10;

    private readonly Dictionary<(Series Series, UnmappedReason Reason), int> _unmapped = [];
    private readonly Dictionary<(string, UnmappedReason), Series> _others = [];
    private SeriesPoint[] _points = [];
    private readonly Dictionary<string, string> _refusals = [];
    private readonly OrderedDictionary<(InstanceReference, bool IsAhead), SeriesPlace> _outside = [];
    private readonly HashSet<InstanceReference> _newInstances = [];
    private int _count;
    private int _read;
    private int _new;
    private int _malformed;
    private long _lookedAt;
    private long _request;

    /// <summary>Its user's share of the memory, for what it holds while it is read.</summary>
    public BodyMemory Memory => memory;

    /// <summary>What its request makes the service do, which it adds its looks to.</summary>
    public RequestWork Work { get; init; } = new();

    /// <summary>Held by the one of the owner's requests that stores again what another one was faster with.</summary>
    public SemaphoreSlim Amending => catalog.Amending;

    /// <inheritdoc cref="SeriesCatalog.MaxSteps"/>
    public int MaxSteps => catalog.MaxSteps;

    /// <summary>Whose they are.</summary>
    public SeriesOwner Owner => owner;

    /// <summary>The key that they came with; null for the admin key.</summary>
    public ApiKey? Caller { get; init; }

    /// <summary>Where its catalog goes back to; null where it is nobody else's.</summary>
    public SeriesCatalogs? Lender { get; init; }

    /// <summary>Where its rows go; null where they go nowhere.</summary>
    public UsageBatch? Samples { get; init; }

    /// <summary>Values read, mapped or not.</summary>
    public int Values { get; private set; }

    /// <summary>The mapped ones.</summary>
    public Span<SeriesPoint> Points => _points.AsSpan(0, _count);

    /// <summary>Values that reach no column.</summary>
    public int UnmappedValues { get; private set; }

    /// <summary>Which those are; not all of them when there are very many.</summary>
    public IReadOnlyDictionary<(Series Series, UnmappedReason Reason), int> Unmapped => _unmapped;

    /// <summary>Elements that are invalid: they were left out, and their neighbours were not.</summary>
    public int Refused { get; private set; }

    /// <summary>Why, each reason once, with the first of them that has it; not all of them when there are many.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals.Values;

    /// <summary>The line or element that is read, where its protocol has some.</summary>
    public int? Index { get; set; }

    /// <summary>The times that rows may have (<see cref="SeriesAggregator.Kept"/>).</summary>
    public (long From, long To) Kept { get; init; } = (long.MinValue, long.MaxValue);

    /// <summary>Each instance's first value before <see cref="Kept"/>, and after it, in the order of the request; not all of them when there are very many.</summary>
    public IEnumerable<SeriesPlace> Outside(bool isAhead) => _outside.Where(pair => pair.Key.IsAhead == isAhead).Select(pair => pair.Value);

    // Opened with its first look-up only: its body may have taken its time.
    private SeriesCatalog Catalog
    {
        get
        {
            if (_request == 0)
                _request = catalog.Open();
            return catalog;
        }
    }

    /// <inheritdoc cref="SeriesCatalog.Find"/>
    public Series? Find(WireKey wire)
    {
        Look(wire.Bytes.WrittenCount);
        return Catalog.Find(wire.Bytes.WrittenSpan);
    }

    /// <inheritdoc cref="SeriesCatalog.Define"/>
    public Series Define(WireKey wire, SeriesDescription description)
    {
        Look(description.Length, description.Labels.Count);
        return Counted(Catalog.Define(wire.Bytes.WrittenSpan, description, out var isNew), isNew);
    }

    /// <inheritdoc cref="SeriesCatalog.Get"/>
    public Series Get(SeriesDescription description)
    {
        Look(description.Length, description.Labels.Count);
        return Counted(Catalog.Get(description, out var isNew), isNew);
    }

    /// <summary>Counts a look at a series or a scope, before it costs anything.</summary>
    /// <param name="length">Bytes of its name and labels.</param>
    /// <param name="labels">Labels that are taken apart.</param>
    /// <exception cref="RequestException">The request holds more of them than a request may.</exception>
    public void Look(int length = 0, int labels = 0)
    {
        _lookedAt += LookBytes + length + ((long)LabelBytes * labels);
        if (_lookedAt > MaxLookedAt)
        {
            throw new RequestException(
                StatusCodes.Status413PayloadTooLarge,
                $"More than {MaxLookedAt} bytes of names and labels in one request: those of every value, and {LookBytes} besides for each series and scope. Send smaller ones.");
        }
    }

    /// <summary>A series that no rule can map; one object a name and reason, so that a thousand histograms count as one.</summary>
    public Series Unmappable(SeriesDescription description, UnmappedReason reason)
    {
        if (!_others.TryGetValue((description.Name, reason), out var series))
        {
            series = new Series(description, reason);
            if (_others.Count < MaxUnmapped)
                _others[(description.Name, reason)] = series;
        }

        return series;
    }

    /// <summary>Leaves out what its protocol or its time does not allow.</summary>
    /// <param name="reason">A sentence for its sender.</param>
    /// <param name="place">The first that it is said of; null where nothing is known of it.</param>
    /// <param name="count">Of how many it is said.</param>
    public void Refuse(string reason, SeriesPlace? place, int count = 1)
    {
        Refused += count;
        if (_refusals.Count < MaxRefusals && !_refusals.ContainsKey(reason))
            _refusals[reason] = place is null ? reason : $"{place}: {reason}";
    }

    /// <summary>Leaves out an element whose values are of another type.</summary>
    /// <exception cref="RequestException">There are more of them than anybody has who sends the protocol.</exception>
    public void RefuseMalformed(string reason, SeriesPlace place)
    {
        if (++_malformed > MaxMalformed)
            throw new RequestException(StatusCodes.Status400BadRequest, $"More than {MaxMalformed} elements are none of the protocol. {place}: {reason}");
        Refuse(reason, place);
    }

    /// <summary>Adds one value.</summary>
    /// <param name="series">Its series.</param>
    /// <param name="unixNanoseconds">When it was measured.</param>
    /// <param name="value">The value.</param>
    /// <param name="start">When its counter began to count, nanoseconds since 1970; 0 where the client does not say.</param>
    /// <exception cref="RequestException">The request holds more values than a request may.</exception>
    /// <exception cref="LaunchStack.Usage.Writing.TooManyRequestsException">Other requests hold the memory for them.</exception>
    public virtual void Add(Series series, long unixNanoseconds, double value, long start = 0)
    {
        CountOne();
        Values++;
        if (series.Refusal is { } refusal)
            Refuse(refusal, new(series, unixNanoseconds, Index));
        else if (series.Rule is not null && double.IsFinite(value))
            AddPoints(series, unixNanoseconds, start, value);
        else if ((series.Rule is null ? series.Reason : UnmappedReason.NotANumber) is { } reason)
            AddUnmapped(series, reason);
    }

    /// <summary>Notes that a series has ended, as its client says.</summary>
    /// <inheritdoc cref="Add"/>
    public virtual void End(Series series, long unixNanoseconds)
    {
        CountOne();
        if (series.Refusal is { } refusal)
            Refuse(refusal, new(series, unixNanoseconds, Index));
        else if (series.Rule is not null)
            AddPoints(series, unixNanoseconds, 0, double.NaN);
    }

    /// <summary>Counts values that reach no column.</summary>
    public void AddUnmapped(Series series, UnmappedReason reason)
    {
        UnmappedValues++;
        if (_unmapped.TryGetValue((series, reason), out var count) || _unmapped.Count < MaxUnmapped)
            _unmapped[(series, reason)] = count + 1;
    }

    public void Dispose()
    {
        Work.Add(_lookedAt);
        _lookedAt = 0;
        _count = 0;
        Return();
        _points = [];
        Samples?.Dispose();
        catalog.Close(_request);
        Lender?.GiveBack(owner);
    }

    // A flood of names ends here, before each has cost its look-up; so does one of series, of which the catalog can keep no more.
    private Series Counted(Series series, bool isNew)
    {
        if (isNew && ++_new > catalog.MaxSeries)
        {
            throw new RequestException(
                StatusCodes.Status413PayloadTooLarge, $"More than {catalog.MaxSeries} series in one request are new to this service (Mapping:MaxSeries). Send smaller ones.");
        }
        if (isNew && series.Group is { } group && _newInstances.Add(group.Instance))
            InstanceRegistry.RequireFew(_newInstances.Count);
        return series;
    }

    private void AddPoints(Series series, long unixNanoseconds, long start, double value)
    {
        // A start after its own value says nothing: it would make a restart of every one.
        if (start > unixNanoseconds)
            start = 0;
        var isAhead = unixNanoseconds >= Kept.To;
        if ((isAhead || unixNanoseconds < Kept.From) && !double.IsNaN(value) && _outside.Count < MaxUnmapped)
            _outside.TryAdd((series.Group!.Instance, isAhead), new(series, unixNanoseconds, Index));
        for (var target = series; target is not null; target = target.Also)
        {
            if (_count == _points.Length)
                Grow();
            _points[_count++] = new SeriesPoint(target, unixNanoseconds, start, value);
        }
    }

    /// <summary>Refuses a request that has more values than one may.</summary>
    /// <exception cref="RequestException">Likewise.</exception>
    public void RequireFew(int more)
    {
        if (_read + more > MaxValues)
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, $"More than {MaxValues} values in one request. Send smaller ones.");
    }

    private void CountOne()
    {
        RequireFew(1);
        _read++;
    }

    private void Grow()
    {
        // A power of two: the pool's arrays are just as long.
        var length = Math.Max(FirstPoints, _points.Length * 2);
        memory.Take((long)length * SeriesPoint.Bytes);
        var larger = ArrayPool<SeriesPoint>.Shared.Rent(length);
        _points.CopyTo(larger, 0);
        Return();
        _points = larger;
    }

    private void Return()
    {
        if (_points.Length == 0)
            return;
        memory.Give((long)_points.Length * SeriesPoint.Bytes);
        // Cleared: the pool would keep forgotten series alive.
        ArrayPool<SeriesPoint>.Shared.Return(_points, clearArray: true);
    }
}
