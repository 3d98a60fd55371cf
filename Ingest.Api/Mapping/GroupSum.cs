using System.Runtime.InteropServices;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// A request's sums, group by group. A step's sum adds up, of each member, the greatest part that it has within the step, in whatever
/// requests these came: so neither order nor repetition matters. A counter's part holds until its next one. So does a gauge's or a rate's over a
/// short gap, once its next one is there, where the members have times of their own (cAdvisor reads each container every 10 to 20 s), and steps
/// in which only some of them have a value. Of members that are read at one time, one without a value is not there.
/// </summary>
internal sealed class GroupSum(long stepLength, long rateWindow)
{
    // A member that comes again so soon was there all the time.
    private const int LongestGapSteps = 6;
    private const long LongestGap = 60_000_000_000;

    // Parts that one sum keeps: a late one costs a look at all of them.
    private const int MaxParts = 32_768;

    private readonly long _longestGap = Math.Min(LongestGapSteps * stepLength, Math.Max(LongestGap, 2 * stepLength));
    private readonly Dictionary<Series, SeriesState> _stateOf = [];
    private readonly List<(Series Series, SeriesState State)> _states = [];
    private readonly List<(Series Series, SeriesState State)> _touched = [];
    private readonly List<(SeriesKey Pair, int Rule, SeriesPart Part, long End)> _parts = [];
    private SumGroup _group = null!;
    private SumSnapshot _seen;
    private int _firstState;
    private long _base;
    private StoredSum? _stored;
    private double _held;
    private SumPace _pace;
    private bool _takesWhole;
    private long _step;
    private (long Oldest, long Newest) _steps;
    private double _total;
    private CounterSweep? _sweep;
    private long _lateSince;
    private (long From, long To) _range;
    private ILookup<long, Series>? _partsAt;

    /// <summary>The new states of all series so far.</summary>
    public ReadOnlySpan<(Series Series, SeriesState State)> States => CollectionsMarshal.AsSpan(_states);

    /// <summary>How far the group's sums have come.</summary>
    public SumPace Pace => _pace;

    private bool IsCounter => _group.Kind == SeriesKind.Counter;

    /// <summary>Begins a group's sums.</summary>
    /// <param name="group">The group.</param>
    /// <param name="from">The first step of the request.</param>
    /// <param name="to">Its last one.</param>
    /// <param name="steps">How many it has.</param>
    /// <param name="mostRemembered">How many there is memory for.</param>
    /// <returns>The instance that they are of.</returns>
    public Guid Open(SumGroup group, long from, long to, int steps, int mostRemembered)
    {
        (_group, _seen, _firstState) = (group, group.Read(), _states.Count);
        (_base, _stored, _held, _total, _steps) = (_seen.Base, _seen.Stored, _seen.Held, _seen.Held, (long.MaxValue, long.MinValue));
        (_pace, _range, _sweep, _lateSince, _partsAt) = (_seen.Pace.Remember(steps, Math.Min(mostRemembered, MaxParts / Math.Max(1, _seen.Members.Length))), (from, to), null, long.MaxValue, null);
        foreach (var member in _seen.Members.Span)
        {
            var state = member.State;
            if (IsCounter)
                _total += CounterTracker.Contribution(state, member.Rule!);
            if (state.Parts is [var oldest, ..] parts)
                _steps = (Math.Min(_steps.Oldest, oldest.Step), Math.Max(_steps.Newest, parts[^1].Step));
        }
        return _seen.Instance;
    }

    /// <summary>Goes on to a step; those of a request come in order, and so do those after <see cref="Reopen"/>.</summary>
    public void Begin(long step, ReadOnlySpan<SeriesPoint> points)
    {
        _step = step;
        _touched.Clear();
        _takesWhole = IsCounter && (_stored is { } stored ? AreAsStored(stored, points) : _base == long.MaxValue || (_step == _base && CanBeRaised()));
    }

    /// <summary>Takes a value in.</summary>
    /// <returns>Why it contributes nothing; null where it does.</returns>
    public UnmappedReason? Add(in SeriesPoint point)
    {
        var (series, rule) = (point.Series, point.Series.Rule!);
        var state = Own(series);
        var reason = rule.Kind switch
        {
            SeriesKind.Gauge => GaugeTracker.Apply(state, point, _step, _pace.Remembered),
            SeriesKind.Rate => RateTracker.Apply(state, point, _step, stepLength, _pace.Remembered, rateWindow),
            _ => AddCounter(state, point, rule),
        };
        if (reason is null && state.TouchedAt != _step)
        {
            state.TouchedAt = _step;
            _touched.Add((series, state));
        }
        return reason;
    }

    /// <summary>Notes that a series has ended; what counters have counted stays.</summary>
    public void End(in SeriesPoint point) => Own(point.Series).End(point.Time);

    /// <summary>The sum of the step.</summary>
    /// <returns>Why there is none; null where there is.</returns>
    public UnmappedReason? Total(out double total) => IsCounter ? CounterTotal(_step, out total) : GaugeTotal(out total);

    /// <summary>The sums of later steps, which a counter's late value has raised.</summary>
    public IEnumerable<(long Step, double Value)> Raised()
    {
        var later = new SortedSet<long>();
        foreach (var member in _lateSince == long.MaxValue ? [] : _seen.Members.Span)
        {
            foreach (var part in StateOf(member).Parts)
            {
                if (part.Step > _lateSince)
                    later.Add(part.Step);
            }
        }
        foreach (var step in later)
        {
            if (CounterTotal(step, out var total) is null)
                yield return (step, total);
        }
    }

    /// <summary>The steps that have a sum, and in which a member is known to be since the request brought its next value.</summary>
    public IEnumerable<long> Bridged()
    {
        HashSet<long>? gaps = null;
        foreach (var (_, state) in IsCounter ? [] : States[_firstState..])
        {
            for (var next = state.CountBefore(_range.From); next <= state.CountUpTo(_range.To); next++)
            {
                var (first, last) = Gap(state, next);
                for (var step = first; step <= last; step += stepLength)
                    (gaps ??= []).Add(step);
            }
        }
        if (gaps is null)
            return [];
        var steps = new SortedSet<long>();
        foreach (var member in _seen.Members.Span)
        {
            foreach (var part in StateOf(member).Parts)
            {
                if (gaps.Contains(part.Step))
                    steps.Add(part.Step);
            }
        }
        return steps.Count > 0 && AreApart() ? steps : [];
    }

    /// <summary>Goes back to steps whose sums may have changed, all that begin from here on and up to there.</summary>
    public void Reopen(long from, long to) =>
        (_range, _steps, _partsAt) = ((from, to), IsCounter ? _steps : (Math.Min(_steps.Oldest, from), Math.Max(_steps.Newest, to)), null);

    /// <summary>Ends a group's sums.</summary>
    public GroupWork Close(Range points) =>
        new(_group, _seen, _base, _stored, _held, _pace, _pace.SilentFrom(stepLength), points, _firstState.._states.Count);

    private UnmappedReason? AddCounter(SeriesState state, in SeriesPoint point, CompiledRule rule)
    {
        var before = CounterTracker.Contribution(state, rule);
        // An increase, which its step's row cannot hold, adds to that row.
        if (_stored is { } row && point.Series.Description.IsDelta && row.Reaches(_step) && !row.MayHold(point.Time, _step))
            GoOnFrom(row);
        var hasRestarted = _stored is { } stored && stored.IsBeforeStart(new(point.Time, point.Start, point.Value), _step);
        var mayBeStored = !hasRestarted && MayBeStored(state, point);
        var reason = CounterTracker.Apply(
            state, point, _step, _pace.Remembered, rateWindow, isWhole: _takesWhole || hasRestarted, others: _total - before, mayBeStored);
        _sweep?.Change(point.Series);
        var increase = CounterTracker.Contribution(state, rule) - before;
        if (mayBeStored)
            _held -= increase;
        else
            _total += increase;
        if (reason is null && _stored is null && _base == long.MaxValue)
            _base = _step;
        return reason;
    }

    // Whether what the counter has counted since its last value may be in the stored sum. An increase is sent once, but for one that is sent again.
    private bool MayBeStored(SeriesState state, in SeriesPoint point) =>
        _stored is { } stored
        && (point.Series.Description.IsDelta
            ? stored.MayHold(point.Time, _step)
            : stored.Reaches(_step) || (state.Parts is [.., var last] && stored.IsAfter(last.Step)));

    // In whatever requests they come, the sum is theirs once all of them are there; until then it is the stored one, and what is counted after that.
    private bool AreAsStored(in StoredSum stored, ReadOnlySpan<SeriesPoint> points)
    {
        if (stored.Reaches(_step))
            return false;
        GoOnFrom(stored);
        if (_step - _base > 1 + (_pace.Remembered * stepLength))
            return false;
        var known = 0.0;
        var totals = new Dictionary<Series, (long Time, double Total)>();
        foreach (var member in _seen.Members.Span)
        {
            if (StateOf(member) is { IsEmpty: false } state)
                known += (totals[member] = (state.Time, Total(stored, member, state))).Total;
        }
        var sum = known;
        foreach (var point in points)
        {
            var (series, last) = (point.Series, totals.GetValueOrDefault(point.Series, (long.MinValue, 0)));
            if (!(point.Value >= 0) || series.Description.IsDelta || point.Time < last.Time || stored.IsBeforeStart(new(point.Time, point.Start, point.Value), _step))
                continue;
            totals[series] = (point.Time, point.Value * series.Rule!.Scale);
            sum += totals[series].Total - last.Total;
        }
        if (!stored.MayBecome(sum, _total, _step))
            return false;
        (_held, _total, _stored) = (_held + known - _total, known, null);
        return true;
    }

    // A sum that goes on from another one begins before its first step: in that, nothing is there whole for the first time.
    private void GoOnFrom(in StoredSum stored)
    {
        if (_base == long.MaxValue)
            (_base, _held, _total) = (_step - 1, _held + stored.Value - _total, stored.Value);
    }

    private static double Total(in StoredSum stored, Series series, SeriesState state) =>
        series.Description.IsDelta || stored.IsBeforeStart(state.Newest, state.Parts[^1].Step)
            ? CounterTracker.Contribution(state, series.Rule!)
            : state.Value * series.Rule!.Scale;

    // Whether the rows from this step on can still be made to hold what comes in whole: its whole would be traffic in the first one that can.
    private bool CanBeRaised()
    {
        foreach (var member in _seen.Members.Span)
        {
            var state = StateOf(member);
            if (!state.IsEmpty && state.Since <= _step && !state.TryGetPartUpTo(_step, out _))
                return false;
        }
        return true;
    }

    private SeriesState Own(Series series)
    {
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_stateOf, series, out _);
        if (state is null)
            _states.Add((series, state = series.State.Copy()));
        return state;
    }

    private SeriesState StateOf(Series series) => _stateOf.GetValueOrDefault(series) ?? series.State;

    private UnmappedReason? CounterTotal(long step, out double total)
    {
        total = _total;
        if (step < _base)
            return UnmappedReason.OutOfOrder;
        if (step >= _steps.Newest)
        {
            (_steps.Newest, _pace) = (step, _pace.Next(step, total));
            return null;
        }

        if (_sweep is null || step < _sweep.Step)
            _sweep = new(_seen.Members.Span, StateOf, step);
        if (!_sweep.TryGoOn(step, out var sum))
            return UnmappedReason.OutOfOrder;
        total = _held + sum;
        _lateSince = Math.Min(_lateSince, step);
        return null;
    }

    private UnmappedReason? GaugeTotal(out double total)
    {
        _parts.Clear();
        if (_step >= _steps.Oldest && _step <= _steps.Newest)
        {
            _partsAt ??= PartsWithin(_range.From, _range.To).ToLookup(part => part.Step, part => part.Member);
            foreach (var member in _partsAt[_step].Union(_touched.Select(touched => touched.Series)))
                AddPart(member, StateOf(member));
        }
        else
        {
            foreach (var (series, state) in _touched)
                AddPart(series, state);
        }
        if (_group.Rules > 1)
            KeepPairs();

        total = GreatestAtOnce();
        // Sums of fractions depend on their order in the last digits.
        if (_parts.Count > 1 && _group.Column.IsFraction())
            total = Math.Round(total, 6);
        return _parts.Count == 0 ? UnmappedReason.Incomplete : null;
    }

    private List<(long Step, Series Member)> PartsWithin(long from, long to)
    {
        var (parts, bridged) = (new List<(long, Series)>(), new List<(long, Series)>());
        foreach (var member in _seen.Members.Span)
        {
            var state = StateOf(member);
            var (first, end) = (state.CountBefore(from), state.CountUpTo(to));
            foreach (var part in state.Parts[first..end])
                parts.Add((part.Step, member));
            for (var next = first; next <= end; next++)
            {
                var gap = Gap(state, next);
                for (var step = Math.Max(gap.First, from); step <= Math.Min(gap.Last, to); step += stepLength)
                    bridged.Add((step, member));
            }
        }
        return bridged.Count > 0 && AreApart() ? [.. parts, .. bridged] : parts;
    }

    // Whether two members that have a value in one step have it at different times.
    private bool AreApart()
    {
        var firstOf = new Dictionary<long, SeriesPart>();
        foreach (var member in _seen.Members.Span)
        {
            foreach (var part in StateOf(member).Parts)
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
        return hasEnded || before.Step < after.Step - _longestGap ? (0, -1) : (before.Step + stepLength, after.Step - stepLength);
    }

    private bool TryGetPart(Series series, SeriesState state, out SeriesPart part)
    {
        if (state.TryGetPart(_step, out part))
            return true;
        var next = state.CountUpTo(_step);
        var gap = Gap(state, next);
        if (_step < gap.First || _step > gap.Last)
            return false;
        // A rate is what was used since the value before.
        part = new(_step, _step, _step, series.Rule!.Kind == SeriesKind.Rate ? state.Parts[next].Value : state.Parts[next - 1].Value);
        return !double.IsNaN(part.Value);
    }

    private void AddPart(Series series, SeriesState state)
    {
        if (!TryGetPart(series, state, out var part))
            return;
        var hasEnded = part.Last <= state.EndedAt && state.EndedAt < _step + stepLength;
        // What it sent at the moment of its end was there.
        _parts.Add((series.Pair, series.Rule!.Index, part, hasEnded ? Math.Max(state.EndedAt, part.First + 1) : long.MaxValue));
    }

    private void KeepPairs()
    {
        var whole = _parts.GroupBy(part => part.Pair)
            .Where(pair => pair.DistinctBy(part => part.Rule).Count() == _group.Rules)
            .Select(pair => pair.Key).ToHashSet();
        _parts.RemoveAll(part => !whole.Contains(part.Pair));
    }

    // One that has ended and one that took its place after it were never there at once.
    private double GreatestAtOnce()
    {
        var sum = 0.0;
        var ended = false;
        foreach (var part in _parts)
        {
            sum += part.Part.Value;
            ended |= part.End != long.MaxValue;
        }
        return ended ? GreatestOfSweep() : sum;
    }

    // The sum rises where a part begins only.
    private double GreatestOfSweep()
    {
        int[] byStart = [.. Enumerable.Range(0, _parts.Count).OrderBy(part => _parts[part].Part.First)];
        int[] byEnd = [.. Enumerable.Range(0, _parts.Count).OrderBy(part => _parts[part].End)];
        var running = new RunningSum(_parts.Count);
        var (started, ended, greatest) = (0, 0, double.NegativeInfinity);
        while (started < byStart.Length)
        {
            var time = _parts[byStart[started]].Part.First;
            while (_parts[byEnd[ended]].End <= time)
                running.Set(byEnd[ended++], 0);
            for (; started < byStart.Length && _parts[byStart[started]].Part.First == time; started++)
                running.Set(byStart[started], _parts[byStart[started]].Part.Value);
            greatest = Math.Max(greatest, running.Total);
        }
        return greatest;
    }
}
