namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What is remembered of a series. A request works on a copy, which takes the place of the original once its rows are stored; what has
/// been published is never changed again, so that it is read without a lock.
/// </summary>
internal sealed class SeriesState
{
    /// <summary>Of a series that has sent nothing yet.</summary>
    public static readonly SeriesState Empty = new();

    private SeriesPart[] _parts = [];
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

    /// <summary>The first sample since the counter was restarted.</summary>
    public long RunFrom { get; set; }

    /// <summary>The step of its first sample.</summary>
    public long Since { get; private set; } = long.MaxValue;

    /// <summary>The step in which the request that works on it has last had a value of it.</summary>
    public long TouchedAt { get; set; } = long.MinValue;

    /// <summary>Of a counter: what its value lacks to what it contributes.</summary>
    public double Offset { get; set; }

    /// <summary>When its client said last that it ends; it goes on where samples follow.</summary>
    public long EndedAt { get; set; } = long.MinValue;

    /// <summary>Its part in the step that is worked on.</summary>
    public SeriesPart Current { get; private set; } = SeriesPart.None;

    /// <summary>Its parts in the latest steps, oldest first.</summary>
    public ReadOnlySpan<SeriesPart> Parts => _parts.AsSpan(0, _count);

    public bool IsEmpty => Time == long.MinValue;

    /// <summary>Takes the next sample of a counter in.</summary>
    /// <param name="point">The sample; a start of 0 says nothing.</param>
    /// <param name="value">Its value; of deltas, the running total.</param>
    public void GoOn(in SeriesPoint point, double value)
    {
        (Time, Value, Stray) = (point.Time, value, CounterSample.None);
        Start = point.Start == 0 ? Start : point.Start;
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
        (copy._isShared, copy.TouchedAt) = (true, long.MinValue);
        return copy;
    }

    /// <summary>Its part in a step.</summary>
    public bool TryGetPart(long step, out SeriesPart part)
    {
        part = Current;
        for (var i = _count - 1; part.Step != step && i >= 0; i--)
            part = _parts[i];
        return part.Step == step;
    }

    /// <summary>Its part in a step, or in the last one before that had any.</summary>
    public bool TryGetPartUpTo(long step, out SeriesPart part)
    {
        part = SeriesPart.None;
        for (var i = 0; i < _count && _parts[i].Step <= step; i++)
            part = _parts[i];
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
        Current = TryGetPart(step, out var known)
            ? new(step, Math.Min(known.First, time), Math.Max(known.Last, time), Math.Max(known.Value, value))
            : new(step, time, time, value);
        Since = Math.Min(Since, step);
        remembered = Math.Max(remembered, _count);
        var at = _count;
        while (at > 0 && _parts[at - 1].Step > step)
            at--;
        var isKnown = at > 0 && _parts[at - 1].Step == step;
        if (isKnown ? _parts[at - 1] == Current : at == 0 && _count >= remembered)
            return;
        Own(remembered);
        if (isKnown)
            _parts[at - 1] = Current;
        else
            Insert(at, remembered);
    }

    private void Own(int remembered)
    {
        if (!_isShared && _parts.Length >= remembered)
            return;
        var parts = new SeriesPart[remembered];
        Parts.CopyTo(parts);
        (_parts, _isShared) = (parts, false);
    }

    private void Insert(int at, int remembered)
    {
        if (_count == remembered)
        {
            // The oldest is forgotten.
            _parts.AsSpan(1, at - 1).CopyTo(_parts);
            _parts[at - 1] = Current;
            return;
        }
        _parts.AsSpan(at, _count - at).CopyTo(_parts.AsSpan(at + 1));
        _parts[at] = Current;
        _count++;
    }
}
