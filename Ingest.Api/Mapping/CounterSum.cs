namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A sum of counters: a part holds until the member's next one.</summary>
internal sealed class CounterSum : GroupSum
{
    private readonly long _stepLength;
    private readonly long _rateWindow;
    private long _base;
    private StoredSum? _stored;
    private double _held;
    private double _total;
    private long _newest = long.MinValue;
    private bool _takesWhole;
    private CounterSweep? _sweep;
    private long _lateSince = long.MaxValue;

    /// <inheritdoc cref="GroupSum(SumGroup, RequestStates, int, int)"/>
    public CounterSum(SumGroup group, RequestStates states, int steps, int mostRemembered, long stepLength, long rateWindow)
        : base(group, states, steps, mostRemembered)
    {
        (_stepLength, _rateWindow, _base, _stored, _held, _total) = (stepLength, rateWindow, Seen.Base, Seen.Stored, Seen.Held, Seen.Held);
        foreach (var member in Seen.Members.Span)
        {
            _total += CounterTracker.Contribution(member.State, member.Rule!);
            if (member.State.Parts is [.., var newest])
                _newest = Math.Max(_newest, newest.Step);
        }
    }

    protected override (long Base, StoredSum? Stored, double Held) Counted => (_base, _stored, _held);

    public override void Begin(long step, ReadOnlySpan<SeriesPoint> points)
    {
        base.Begin(step, points);
        _takesWhole = _stored is { } stored ? AreAsStored(stored, points) : _base == long.MaxValue || (Step == _base && CanBeRaised());
    }

    public override UnmappedReason? Add(in SeriesPoint point)
    {
        var (state, rule) = (States.Own(point.Series), point.Series.Rule!);
        var before = CounterTracker.Contribution(state, rule);
        if (_stored is { } row && point.Series.Description.IsDelta)
        {
            // Of an increase before the stored row nobody knows whether that holds it, whichever comes first; one that its own step's row cannot hold adds to that.
            if (row.IsAfter(Step))
                return UnmappedReason.OutOfOrder;
            if (row.Reaches(Step) && !row.MayHold(point.Time, Step))
                GoOnFrom(row);
        }
        var hasRestarted = _stored is { } stored && stored.IsBeforeStart(new(point.Time, point.Start, point.Value), Step);
        var mayBeStored = !hasRestarted && MayBeStored(state, point);
        var reason = CounterTracker.Apply(
            state, point, Step, Pace.Remembered, _rateWindow, isWhole: _takesWhole || hasRestarted, others: _total - before, mayBeStored);
        _sweep?.Change(point.Series);
        var increase = CounterTracker.Contribution(state, rule) - before;
        if (mayBeStored)
            _held -= increase;
        else
            _total += increase;
        if (reason is null && _stored is null && _base == long.MaxValue)
            _base = Step;
        return reason;
    }

    public override UnmappedReason? Total(out double total) => TotalAt(Step, out total);

    public override IEnumerable<(long Step, double Value)> Raised()
    {
        var later = new SortedSet<long>();
        foreach (var member in _lateSince == long.MaxValue ? [] : Seen.Members.Span)
        {
            foreach (var part in States.Of(member).Parts)
            {
                if (part.Step > _lateSince)
                    later.Add(part.Step);
            }
        }
        foreach (var step in later)
        {
            if (TotalAt(step, out var total) is null)
                yield return (step, total);
        }
    }

    // Whether what the counter has counted since its last value may be in the stored sum. An increase is sent once, but for one that is sent again.
    private bool MayBeStored(SeriesState state, in SeriesPoint point) =>
        _stored is { } stored
        && (point.Series.Description.IsDelta
            ? stored.MayHold(point.Time, Step)
            : stored.Reaches(Step) || (state.Parts is [.., var last] && stored.IsAfter(last.Step)));

    // In whatever requests they come, the sum is theirs once all of them are there; until then it is the stored one, and what is counted after that.
    private bool AreAsStored(in StoredSum stored, ReadOnlySpan<SeriesPoint> points)
    {
        if (stored.Reaches(Step))
            return false;
        GoOnFrom(stored);
        if (Step - _base > 1 + (Pace.Remembered * _stepLength))
            return false;
        var known = 0.0;
        var totals = new Dictionary<Series, (long Time, double Total)>();
        foreach (var member in Seen.Members.Span)
        {
            if (States.Of(member) is { IsEmpty: false } state)
                known += (totals[member] = (state.Time, Total(stored, member, state))).Total;
        }
        var sum = known;
        foreach (var point in points)
        {
            var (series, last) = (point.Series, totals.GetValueOrDefault(point.Series, (long.MinValue, 0)));
            if (!(point.Value >= 0) || series.Description.IsDelta || point.Time < last.Time || stored.IsBeforeStart(new(point.Time, point.Start, point.Value), Step))
                continue;
            totals[series] = (point.Time, point.Value * series.Rule!.Scale);
            sum += totals[series].Total - last.Total;
        }
        if (!stored.MayBecome(sum, _total, Step))
            return false;
        (_held, _total, _stored) = (_held + known - _total, known, null);
        return true;
    }

    // A sum that goes on from another one begins before its first step: in that, nothing is there whole for the first time.
    private void GoOnFrom(in StoredSum stored)
    {
        if (_base == long.MaxValue)
            (_base, _held, _total) = (Step - 1, _held + stored.Value - _total, stored.Value);
    }

    private static double Total(in StoredSum stored, Series series, SeriesState state) =>
        series.Description.IsDelta || stored.IsBeforeStart(state.Newest, state.Parts[^1].Step)
            ? CounterTracker.Contribution(state, series.Rule!)
            : state.Value * series.Rule!.Scale;

    // Whether the rows from this step on can still be made to hold what comes in whole: its whole would be traffic in the first one that can.
    private bool CanBeRaised()
    {
        foreach (var member in Seen.Members.Span)
        {
            var state = States.Of(member);
            if (!state.IsEmpty && state.Since <= Step && !state.TryGetPartUpTo(Step, out _))
                return false;
        }
        return true;
    }

    private UnmappedReason? TotalAt(long step, out double total)
    {
        total = _total;
        if (step < _base)
            return UnmappedReason.OutOfOrder;
        if (step >= _newest)
        {
            (_newest, Pace) = (step, Pace.Next(step, total));
            return null;
        }

        if (_sweep is null || step < _sweep.Step)
            _sweep = new(Seen.Members.Span, States.Of, step);
        if (!_sweep.TryGoOn(step, out var sum))
            return UnmappedReason.OutOfOrder;
        total = _held + sum;
        _lateSince = Math.Min(_lateSince, step);
        return null;
    }
}
