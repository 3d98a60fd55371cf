namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What is remembered of a series. A request works on a copy, which takes the place of the original once its rows are stored; what has
/// been published is never changed again, so that it is read without a lock.
/// </summary>
internal sealed class SeriesState
{
    /// <summary>Of a series that has sent nothing yet.</summary>
    public static readonly SeriesState Empty = new();

    // Each costs 16 bytes, and only where some increase is missing: more than parallel senders have on their way.
    private const int MaxMissing = 16;

    // Of a series that keeps ending and coming back, the newest.
    private const int MaxEnds = 64;

    // Room is made for so many parts at once; most series never have more.
    private const int FewParts = 8;

    private SeriesPart[] _parts = [];
    private int _first;
    private (long From, long To)[] _missing = [];
    private long[] _ends = [];
    private int _count;
    private bool _isShared = true;

    private SeriesState()
    {
    }

    /// <summary>Its newest sample, nanoseconds since 1970.</summary>
    public long Time { get; set; } = long.MinValue;

    /// <summary>That sample's value; of deltas, their running total.</summary>
    public double Value { get; set; }

    /// <summary>When the counter began to count, as its client says; 0 when it does not.</summary>
    public long Start { get; private set; }

    /// <summary>Its newest sample.</summary>
    public CounterSample Newest => new(Time, Start, Value);

    /// <summary>One after that which was left out, since no counter can go there: a glitch, or where its source has moved.</summary>
    public CounterSample Stray { get; private set; } = CounterSample.None;

    /// <summary>Whether the request that works on it has raised a part of a later step than its own.</summary>
    public bool HasRaised { get; private set; }

    /// <summary>The first sample since the counter was restarted; of deltas, where the first one begins.</summary>
    public long RunFrom { get; set; }

    /// <summary>The step of its first sample.</summary>
    public long Since { get; private set; } = long.MaxValue;

    /// <summary>The step in which the request that works on it has last had a value of it.</summary>
    public long TouchedAt { get; set; } = long.MinValue;

    /// <summary>Of a counter: what its value lacks to what it contributes.</summary>
    public double Offset { get; set; }

    /// <summary>Its part in the step that is worked on.</summary>
    public SeriesPart Current { get; private set; } = SeriesPart.None;

    /// <summary>Its parts in the latest steps, oldest first.</summary>
    public ReadOnlySpan<SeriesPart> Parts => _parts.AsSpan(_first, _count);

    public bool IsEmpty => Time == long.MinValue;

    /// <summary>Takes the next sample of a counter in.</summary>
    /// <param name="point">The sample; a start of 0 says nothing.</param>
    /// <param name="value">Its value; of deltas, the running total.</param>
    public void GoOn(in SeriesPoint point, double value)
    {
        (Time, Value, Stray) = (point.Time, value, CounterSample.None);
        Start = point.Start == 0 ? Start : point.Start;
    }

    /// <summary>Notes an end, as its client says; it goes on where samples follow.</summary>
    public void End(long time)
    {
        var isAgain = _ends is [.., var last] && last >= Time && time >= last;
        if (isAgain || Array.BinarySearch(_ends, time) is var at && at >= 0)
            return;
        long[] ends = [.. _ends[..~at], time, .. _ends[~at..]];
        _ends = ends.Length > MaxEnds ? ends[1..] : ends;
    }

    /// <summary>The end of what a sample began: the first that follows, since it is not there any more when a second sender misses it.</summary>
    /// <returns><see cref="long.MaxValue"/> where there is none.</returns>
    public long EndAfter(long sample)
    {
        var at = Array.BinarySearch(_ends, sample);
        return (at < 0 ? ~at : at) is var first && first < _ends.Length ? _ends[first] : long.MaxValue;
    }

    /// <summary>Notes where a counter cannot have gone; of a dip that goes on, where it began.</summary>
    public void LeaveOut(in SeriesPoint point, bool isDip)
    {
        if (!isDip || point.Value < Stray.Value)
            Stray = new(point.Time, point.Start, point.Value);
    }

    /// <summary>A copy to work on.</summary>
    public SeriesState Copy()
    {
        var copy = (SeriesState)MemberwiseClone();
        (copy._isShared, copy.TouchedAt, copy.HasRaised) = (true, long.MinValue, false);
        return copy;
    }

    /// <summary>Its part in a step.</summary>
    public bool TryGetPart(long step, out SeriesPart part) => TryFind(step, out part) && !double.IsNaN(part.Value);

    /// <summary>The nearest parts before and after a step.</summary>
    /// <returns>False where the step is forgotten.</returns>
    public bool TryGetAround(long step, int remembered, out SeriesPart before, out SeriesPart after)
    {
        var (from, to) = (CountBefore(step), CountUpTo(step));
        before = from > 0 ? Parts[from - 1] : SeriesPart.None;
        after = to < _count ? Parts[to] : SeriesPart.None;
        return Remembers(step, remembered);
    }

    /// <summary>Whether a step is not older than all that is remembered.</summary>
    public bool Remembers(long step, int remembered) => _count < remembered || step >= Parts[0].Step;

    /// <summary>Its part in a step, or in the last one before that had any.</summary>
    public bool TryGetPartUpTo(long step, out SeriesPart part)
    {
        var known = CountUpTo(step);
        part = known > 0 ? Parts[known - 1] : SeriesPart.None;
        if (Current.Step <= step && Current.Step >= part.Step)
            part = Current;
        return part.Step != long.MinValue;
    }

    /// <summary>Raises its part in a step: the greatest stays, in whatever order values arrive.</summary>
    /// <param name="step">The step.</param>
    /// <param name="time">The sample's time.</param>
    /// <param name="value">What the sample contributes.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    public void Raise(long step, long time, double value, int remembered)
    {
        Put(TryFind(step, out var known)
            ? new(step, Math.Min(known.First, time), Math.Max(known.Last, time), Math.Max(known.Value, value))
            : new(step, time, time, value), remembered);
    }

    private void Put(in SeriesPart part, int remembered)
    {
        Current = part;
        Since = Math.Min(Since, part.Step);
        var at = CountUpTo(part.Step);
        if (at == 0 || Parts[at - 1].Step != part.Step)
        {
            Insert(at, remembered);
        }
        else if (Parts[at - 1] != part)
        {
            Own(_count);
            _parts[_first + at - 1] = part;
        }
    }

    /// <summary>Raises its part in a step: the greatest total and, apart from it, the greatest rate.</summary>
    /// <param name="step">The step.</param>
    /// <param name="time">The sample's time.</param>
    /// <param name="rate">In the column's unit; NaN where there is none.</param>
    /// <param name="total">The sample's total.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    /// <param name="isAnew">Whether nothing before can be compared with it.</param>
    /// <returns>Whether that changed anything.</returns>
    public bool Raise(long step, long time, double rate, double total, int remembered, bool isAnew = false)
    {
        if (isAnew)
        {
            Own(_count);
            foreach (ref var part in _parts.AsSpan(_first, _count))
                part = part with { Total = double.NaN };
        }
        if (!TryFind(step, out var known))
        {
            Put(new(step, time, time, rate, total), remembered);
            return true;
        }
        var isGreater = double.IsNaN(known.Total) || total > known.Total || (total == known.Total && time < known.First);
        var raised = known with
        {
            First = isGreater ? time : known.First,
            Last = Math.Max(known.Last, time),
            Total = isGreater ? total : known.Total,
            Value = double.IsNaN(known.Value) || rate > known.Value ? rate : known.Value,
        };
        if (raised.Equals(known))
            return false;
        Put(raised, remembered);
        return true;
    }

    /// <summary>Raises the rate of a later step, which counts from another sample now.</summary>
    public void RaiseLater(long step, double rate)
    {
        var at = CountUpTo(step) - 1;
        if (at < 0 || Parts[at].Step != step || rate <= Parts[at].Value)
            return;
        Own(_count);
        _parts[_first + at] = Parts[at] with { Value = rate };
        HasRaised = true;
    }

    /// <summary>Adds a late increase to its step and all later ones.</summary>
    /// <param name="step">The step.</param>
    /// <param name="time">The increase's time.</param>
    /// <param name="increase">In the column's unit.</param>
    /// <param name="remembered">Steps that are remembered.</param>
    public void Add(long step, long time, double increase, int remembered)
    {
        var before = TryGetPartUpTo(step, out var part) ? part.Value : 0;
        Own(_count);
        foreach (ref var later in _parts.AsSpan(_first, _count)[CountUpTo(step)..])
            (later, HasRaised) = (later with { Value = later.Value + increase }, true);
        // What a forgotten step stood at, nobody knows: the increase shows in those that are remembered.
        if (Remembers(step, remembered))
            Raise(step, time, before + increase, remembered);
        else
            Current = SeriesPart.None;
    }

    /// <summary>Whether all from one time to another is still missing among the increases.</summary>
    public bool IsMissing(long from, long to) => Array.Exists(_missing, missing => missing.From <= from && to <= missing.To);

    /// <summary>Notes that increases are missing.</summary>
    public void Miss(long from, long to)
    {
        _missing = [.. _missing.Length < MaxMissing ? _missing : _missing[1..], (from, to)];
    }

    /// <summary>Notes that an increase is missing no more.</summary>
    public void Find(long from, long to)
    {
        var at = Array.FindIndex(_missing, missing => missing.From <= from && to <= missing.To);
        var (start, end) = _missing[at];
        _missing = [.. _missing[..at], .. _missing[(at + 1)..]];
        if (start < from)
            Miss(start, from);
        if (to < end)
            Miss(to, end);
    }

    private bool TryFind(long step, out SeriesPart part)
    {
        part = Current;
        if (part.Step != step && CountUpTo(step) is > 0 and var known)
            part = Parts[known - 1];
        return part.Step == step;
    }

    /// <summary>How many of its parts are of steps before a step.</summary>
    public int CountBefore(long step) => step == long.MinValue ? 0 : CountUpTo(step - 1);

    /// <summary>How many of its parts are of a step and those before it.</summary>
    public int CountUpTo(long step)
    {
        // Mostly it is the newest.
        var (least, most) = (0, _count);
        if (most > 0 && _parts[_first + most - 1].Step <= step)
            return most;
        while (least < most)
        {
            var middle = (least + most) / 2;
            if (_parts[_first + middle].Step <= step)
                least = middle + 1;
            else
                most = middle;
        }
        return least;
    }

    // Of many parts a quarter more than it needs: they are not moved for each that comes.
    private void Own(int count)
    {
        var room = count <= FewParts ? FewParts : count + (count / 4);
        if (!_isShared && _first + count <= _parts.Length)
            return;
        var parts = !_isShared && _parts.Length >= (count <= FewParts ? count : count + (count / 8)) ? _parts : new SeriesPart[room];
        Parts.CopyTo(parts);
        (_parts, _first, _isShared) = (parts, 0, false);
    }

    private void Insert(int at, int remembered)
    {
        var forgotten = Math.Max(0, _count + 1 - remembered);
        if (at < forgotten)
            return;
        (_first, _count, at) = (_first + forgotten, _count - forgotten, at - forgotten);
        Own(_count + 1);
        _parts.AsSpan(_first + at, _count - at).CopyTo(_parts.AsSpan(_first + at + 1));
        _parts[_first + at] = Current;
        _count++;
    }
}
