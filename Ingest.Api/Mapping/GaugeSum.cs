using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// A sum of gauges or rates. A part holds over a short gap, once the member's next one is there, where the members have times of their own (cAdvisor
/// reads each container every 10 to 20 s), and steps in which only some of them have a value. Of members that are read at one time, one without a value
/// is not there.
/// </summary>
internal sealed class GaugeSum : GroupSum
{
    private static readonly SortedSet<long> NoSteps = [];

    private readonly long _stepLength;
    private readonly long _rateWindow;
    private readonly PartGaps _gaps;
    private readonly List<(Series Series, SeriesState State)> _touched = [];
    private readonly OverlappingParts _parts = new();
    private (long From, long To) _range;
    private (long Oldest, long Newest) _steps = (long.MaxValue, long.MinValue);
    private ILookup<long, Series>? _partsAt;
    private bool _isAnew;
    private bool _isDoubted;

    /// <inheritdoc cref="GroupSum(SumGroup, RequestStates, int, int)"/>
    public GaugeSum(SumGroup group, RequestStates states, int steps, int mostRemembered, long stepLength, long rateWindow, (long From, long To) range)
        : base(group, states, steps, mostRemembered)
    {
        (_stepLength, _rateWindow, _range, _isAnew) = (stepLength, rateWindow, range, Apart is null);
        _gaps = new(stepLength);
        foreach (var member in Seen.Members.Span)
        {
            if (member.State.Parts is [var oldest, ..] parts)
                _steps = (Math.Min(_steps.Oldest, oldest.Step), Math.Max(_steps.Newest, parts[^1].Step));
        }
    }

    public override void Begin(long step, ReadOnlySpan<SeriesPoint> points)
    {
        base.Begin(step, points);
        _touched.Clear();
    }

    public override UnmappedReason? Add(in SeriesPoint point)
    {
        var state = States.Own(point.Series);
        var reason = Group.Kind == SeriesKind.Gauge
            ? GaugeTracker.Apply(state, point, Step, Pace.Remembered)
            : RateTracker.Apply(state, point, Step, _stepLength, Pace.Remembered, _rateWindow);
        if (reason is null && state.TouchedAt != Step)
        {
            state.TouchedAt = Step;
            _touched.Add((point.Series, state));
        }
        return reason;
    }

    public override IEnumerable<long> Bridged()
    {
        HashSet<long>? gaps = null;
        foreach (var (_, state) in Own)
            AddGaps(state, _range.From, _range.To);
        var steps = StepsIn(gaps);
        if (steps.Count > 0)
            Apart ??= FindStaggered();
        if (Apart is null || !_isAnew)
            return Apart is null ? [] : steps;
        // The gaps before it was known too, of all members.
        foreach (var member in Seen.Members.Span)
            AddGaps(States.Of(member), long.MinValue, long.MaxValue);
        return StepsIn(gaps);

        void AddGaps(SeriesState state, long from, long to)
        {
            for (var next = state.CountBefore(from); next <= state.CountUpTo(to); next++)
            {
                var (first, last) = _gaps.Before(state, next);
                for (var step = first; step <= last; step += _stepLength)
                    (gaps ??= []).Add(step);
            }
        }
    }

    public override void Reopen(long from, long to) =>
        (_range, _steps, _partsAt) = ((from, to), (Math.Min(_steps.Oldest, from), Math.Max(_steps.Newest, to)), null);

    public override UnmappedReason? Total(out double total)
    {
        _parts.Clear();
        // Once a request: it costs a look at all parts.
        if (!_isDoubted && Apart is { } pair && IsOver(States.Of(pair.One), States.Of(pair.Other)))
            (_isDoubted, Apart) = (true, FindStaggered());
        _isAnew |= Apart is null;
        if (Step >= _steps.Oldest && Step <= _steps.Newest)
        {
            _partsAt ??= PartsWithin(_range.From, _range.To).ToLookup(part => part.Step, part => part.Member);
            foreach (var member in _partsAt[Step].Union(_touched.Select(touched => touched.Series)))
                AddPart(member, States.Of(member));
        }
        else
        {
            foreach (var (series, state) in _touched)
                AddPart(series, state);
        }
        Apart ??= _parts.OfTwoReadings();
        if (Group.Rules > 1)
            _parts.KeepPairs(Group.Rules);

        total = _parts.GreatestAtOnce();
        // Sums of fractions depend on their order in the last digits.
        if (_parts.Count > 1 && Group.Column.IsFraction())
            total = Math.Round(total, 6);
        return _parts.Count == 0 ? UnmappedReason.Incomplete : null;
    }

    private List<(long Step, Series Member)> PartsWithin(long from, long to)
    {
        var parts = new List<(long, Series)>();
        foreach (var member in Seen.Members.Span)
        {
            var state = States.Of(member);
            var (first, end) = (state.CountBefore(from), state.CountUpTo(to));
            foreach (var part in state.Parts[first..end])
                parts.Add((part.Step, member));
            for (var next = first; next <= end && Apart is not null; next++)
            {
                var gap = _gaps.Before(state, next);
                for (var step = Math.Max(gap.First, from); step <= Math.Min(gap.Last, to); step += _stepLength)
                    parts.Add((step, member));
            }
        }
        return parts;
    }

    // The steps of the gaps in which a member has a value.
    private SortedSet<long> StepsIn(HashSet<long>? gaps)
    {
        if (gaps is null)
            return NoSteps;
        var steps = new SortedSet<long>();
        foreach (var member in Seen.Members.Span)
        {
            foreach (var part in States.Of(member).Parts)
            {
                if (gaps.Contains(part.Step))
                    steps.Add(part.Step);
            }
        }
        return steps;
    }

    // Whether two that were seen apart are read at one time by now, or one of them has left.
    private bool IsOver(SeriesState one, SeriesState other) =>
        (one.TryGetPart(Step, out var part) && other.TryGetPart(Step, out var others) && !part.IsApartFrom(others)) || _gaps.HasLeft(one, Step) || _gaps.HasLeft(other, Step);

    private (Series, Series)? FindStaggered() => StaggeredReadings.Find(Seen.Members.Span, States, _gaps);

    private bool TryGetPart(Series series, SeriesState state, out SeriesPart part)
    {
        if (state.TryGetPart(Step, out part))
            return true;
        var next = state.CountUpTo(Step);
        var gap = _gaps.Before(state, next);
        if (Apart is null || Step < gap.First || Step > gap.Last)
            return false;
        // A rate is what was used since the value before.
        part = new(Step, Step, Step, series.Rule!.Kind == SeriesKind.Rate ? state.Parts[next].Value : state.Parts[next - 1].Value);
        return !double.IsNaN(part.Value);
    }

    private void AddPart(Series series, SeriesState state)
    {
        if (!TryGetPart(series, state, out var part))
            return;
        var end = state.EndAfter(part.Last);
        // What it sent at the moment of its end was there.
        _parts.Add(series, part, end < Step + _stepLength ? Math.Max(end, part.First + 1) : long.MaxValue);
    }
}
