using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// A sum of gauges or rates. A part holds over a short gap, once the member's next one is there, where the members have times of their own (cAdvisor
/// reads each container every 10 to 20 s), and steps in which only some of them have a value. Of members that are read at one time, one without a value
/// is not there.
/// </summary>
internal sealed class GaugeSum : GroupSum
{
    // A member that comes again so soon was there all the time.
    private const int MaxGapSteps = 6;
    private const long MaxGap = 60_000_000_000;

    private readonly long _stepLength;
    private readonly long _rateWindow;
    private readonly long _maxGap;
    private readonly List<(Series Series, SeriesState State)> _touched = [];
    private readonly OverlappingParts _parts = new();
    private (long From, long To) _range;
    private (long Oldest, long Newest) _steps = (long.MaxValue, long.MinValue);
    private ILookup<long, Series>? _partsAt;

    /// <inheritdoc cref="GroupSum(SumGroup, RequestStates, int, int)"/>
    public GaugeSum(SumGroup group, RequestStates states, int steps, int mostRemembered, long stepLength, long rateWindow, (long From, long To) range)
        : base(group, states, steps, mostRemembered)
    {
        (_stepLength, _rateWindow, _range) = (stepLength, rateWindow, range);
        _maxGap = Math.Min(MaxGapSteps * stepLength, Math.Max(MaxGap, 2 * stepLength));
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
        {
            for (var next = state.CountBefore(_range.From); next <= state.CountUpTo(_range.To); next++)
            {
                var (first, last) = Gap(state, next);
                for (var step = first; step <= last; step += _stepLength)
                    (gaps ??= []).Add(step);
            }
        }
        if (gaps is null)
            return [];
        var steps = new SortedSet<long>();
        foreach (var member in Seen.Members.Span)
        {
            foreach (var part in States.Of(member).Parts)
            {
                if (gaps.Contains(part.Step))
                    steps.Add(part.Step);
            }
        }
        return steps.Count > 0 && AreApart() ? steps : [];
    }

    public override void Reopen(long from, long to) =>
        (_range, _steps, _partsAt) = ((from, to), (Math.Min(_steps.Oldest, from), Math.Max(_steps.Newest, to)), null);

    public override UnmappedReason? Total(out double total)
    {
        _parts.Clear();
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
        var (parts, bridged) = (new List<(long, Series)>(), new List<(long, Series)>());
        foreach (var member in Seen.Members.Span)
        {
            var state = States.Of(member);
            var (first, end) = (state.CountBefore(from), state.CountUpTo(to));
            foreach (var part in state.Parts[first..end])
                parts.Add((part.Step, member));
            for (var next = first; next <= end; next++)
            {
                var gap = Gap(state, next);
                for (var step = Math.Max(gap.First, from); step <= Math.Min(gap.Last, to); step += _stepLength)
                    bridged.Add((step, member));
            }
        }
        return bridged.Count > 0 && AreApart() ? [.. parts, .. bridged] : parts;
    }

    // Whether two members that have a value in one step have it at different times.
    private bool AreApart()
    {
        var firstOf = new Dictionary<long, SeriesPart>();
        foreach (var member in Seen.Members.Span)
        {
            foreach (var part in States.Of(member).Parts)
            {
                if (!firstOf.TryAdd(part.Step, part) && firstOf[part.Step] is var other
                    && part.First != other.First && part.Last != other.Last && part.First != other.Last && part.Last != other.First)
                    return true;
            }
        }
        return false;
    }

    // The steps without a value between a part and the one before, in which the member was there all the same; none where the first is beyond the last.
    private (long First, long Last) Gap(SeriesState state, int part)
    {
        if (part == 0 || part == state.Parts.Length)
            return (0, -1);
        var (before, after) = (state.Parts[part - 1], state.Parts[part]);
        var hasEnded = state.EndedAt >= before.Last && state.EndedAt <= after.First;
        return hasEnded || before.Step < after.Step - _maxGap ? (0, -1) : (before.Step + _stepLength, after.Step - _stepLength);
    }

    private bool TryGetPart(Series series, SeriesState state, out SeriesPart part)
    {
        if (state.TryGetPart(Step, out part))
            return true;
        var next = state.CountUpTo(Step);
        var gap = Gap(state, next);
        if (Step < gap.First || Step > gap.Last)
            return false;
        // A rate is what was used since the value before.
        part = new(Step, Step, Step, series.Rule!.Kind == SeriesKind.Rate ? state.Parts[next].Value : state.Parts[next - 1].Value);
        return !double.IsNaN(part.Value);
    }

    private void AddPart(Series series, SeriesState state)
    {
        if (!TryGetPart(series, state, out var part))
            return;
        var hasEnded = part.Last <= state.EndedAt && state.EndedAt < Step + _stepLength;
        // What it sent at the moment of its end was there.
        _parts.Add(series, part, hasEnded ? Math.Max(state.EndedAt, part.First + 1) : long.MaxValue);
    }
}
