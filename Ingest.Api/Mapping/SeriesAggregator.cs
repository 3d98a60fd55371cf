using System.Runtime.InteropServices;
using LaunchStack.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Makes rows of a request's values: rates from the sample before, sums over the series that belong together, times put
/// on their step. What it has to remember it publishes with <see cref="Commit"/> only, after the rows are stored: a request that failed
/// can be sent again and gives the same rows, and what was rejected changes nothing for those after it.
/// </summary>
internal sealed class SeriesAggregator(MappingOptions options, SampleWindow window, SeriesBatch batch)
{
    private const long NanosecondsPerTick = 100;
    private const long NanosecondsPerMicrosecond = 1_000;
    private const string LateIncrease = "A delta came too late to be told from one that is counted already.";

    private readonly List<GroupWork> _work = [];
    private readonly long _step = options.Step.Ticks * NanosecondsPerTick;
    private readonly long _rateWindow = options.RateWindow.Ticks * NanosecondsPerTick;
    private RequestStates _states = new();
    private Dictionary<SumGroup, int>? _told;
    private int _lost;
    private SeriesPlace _firstLost;
    private bool _isAgain;

    /// <summary>The rows of all values. The instances must have been looked up.</summary>
    public RowTable Aggregate()
    {
        var rows = new RowTable();
        var points = batch.Points;
        points.Sort();
        for (var start = 0; start < points.Length;)
        {
            var group = points[start].Series.Group!;
            var end = start + 1;
            while (end < points.Length && points[end].Series.Group == group)
                end++;
            if (group.Instance.Id is not null)
                Aggregate(group, start..end, rows);
            else
                AddUnmapped(points[start..end], group.Instance.Reason ?? UnmappedReason.UnknownInstance);
            start = end;
        }
        return rows;
    }

    /// <summary>Remembers what was stored, for the requests to come.</summary>
    /// <param name="isRefused">Tells the instances of which something was not stored.</param>
    /// <returns>False where another request added to the same sums meanwhile, and neither knew of the other: go on with <see cref="Again"/>.</returns>
    public bool Commit(Predicate<Guid> isRefused)
    {
        _work.RemoveAll(work => isRefused(work.Seen.Instance)
            || work.Group.TryCommit(work, _states.All[work.States]));
        return _work.Count == 0;
    }

    /// <summary>The rows of what could not be remembered, from what the others have left: to be stored too, then committed.</summary>
    public RowTable Again()
    {
        var rows = new RowTable();
        GroupWork[] lost = [.. _work];
        _work.Clear();
        _isAgain = true;
        _states = new();
        foreach (var work in lost)
            Aggregate(work.Group, work.Points, rows, work.Seen.Instance);
        return rows;
    }

    private void Aggregate(SumGroup group, Range range, RowTable rows, Guid? only = null)
    {
        var points = batch.Points[range];
        var sum = Open(group, points);
        // What was stored for the one that it belonged to is no part of the other's.
        if (only is not null && only != sum.Instance)
            return;
        _lost = 0;
        for (var i = 0; i < points.Length;)
        {
            var start = i;
            var step = Align(points[i].Time);
            while (i < points.Length && Align(points[i].Time) == step)
                i++;
            if (window.Holds(ToMicroseconds(step)))
                AddStep(sum, step, points[start..i], rows);
            else if (!_isAgain)
                Refuse(sum.Instance, step, points[start..i], rows);
        }
        foreach (var (step, value) in sum.Raised())
            rows.Put(sum.Instance, ToMicroseconds(step), group.Column, value, points: 0);
        var work = sum.Close(range, _step);
        PutRaised(sum, Align(points[0].Time), rows);
        if (_lost > 0)
            TellLost(group);
        // Of its newest step too.
        _work.Add(work with { Pace = sum.Pace, Apart = sum.Apart });
    }

    private GroupSum Open(SumGroup group, ReadOnlySpan<SeriesPoint> points)
    {
        var steps = Steps(points);
        return group.Kind == SeriesKind.Counter
            ? new CounterSum(group, _states, steps, batch.MaxSteps, _step, _rateWindow)
            : new GaugeSum(group, _states, steps, batch.MaxSteps, _step, _rateWindow, (Align(points[0].Time), Align(points[^1].Time)));
    }

    private int Steps(ReadOnlySpan<SeriesPoint> points)
    {
        var (steps, last) = (1, Align(points[0].Time));
        foreach (var point in points)
        {
            if (point.Time - last >= Math.Max(1, _step))
                (steps, last) = (steps + 1, Align(point.Time));
        }
        return steps;
    }

    // Once, however often another request was faster.
    private void TellLost(SumGroup group)
    {
        _told ??= [];
        for (var told = _told.GetValueOrDefault(group); told < _lost; told++)
            batch.Refuse(LateIncrease, _firstLost);
        _told[group] = Math.Max(_lost, _told.GetValueOrDefault(group));
    }

    // What came late may have raised steps that are stored already, and so may the next value of a member that had none in them.
    private void PutRaised(GroupSum sum, long since, RowTable rows)
    {
        SortedSet<long>? steps = null;
        foreach (var (_, state) in sum.Own)
        {
            if (!state.HasRaised)
                continue;
            foreach (var part in state.Parts)
            {
                if (part.Step > since)
                    (steps ??= []).Add(part.Step);
            }
        }
        foreach (var step in sum.Bridged())
        {
            if (window.Holds(ToMicroseconds(step)))
                (steps ??= []).Add(step);
        }
        if (steps is not null)
            sum.Reopen(steps.Min, steps.Max);
        foreach (var step in steps ?? [])
        {
            sum.Begin(step, []);
            if (sum.Total(out var value) is null)
                rows.Put(sum.Instance, ToMicroseconds(step), sum.Group.Column, value, points: 0);
        }
    }

    private void AddStep(GroupSum sum, long step, ReadOnlySpan<SeriesPoint> points, RowTable rows)
    {
        sum.Begin(step, points);
        var (contributed, values, last) = (0, 0, -1);
        for (var i = 0; i < points.Length; i++)
        {
            if (points[i].IsEnd)
            {
                sum.End(points[i]);
            }
            else if (sum.Add(points[i]) is { } reason)
            {
                // Unlike a total, its successor does not hold what it held.
                if (reason == UnmappedReason.OutOfOrder && points[i].Series is { Description.IsDelta: true, Rule.Kind: SeriesKind.Counter })
                {
                    if (_lost++ == 0)
                        _firstLost = new(points[i].Series, points[i].Time);
                }
                AddUnmapped(points.Slice(i, 1), reason);
            }
            else
            {
                contributed++;
                values += points[i].Series.IsAlso ? 0 : 1;
                last = i;
            }
        }

        if (contributed == 0)
            return;
        var why = sum.Total(out var value)
            ?? rows.Put(sum.Instance, ToMicroseconds(step), sum.Group.Column, value, values);
        if (why is { } unmapped)
            AddUnmapped(points.Slice(last, 1), unmapped);
    }

    // The row is refused by its time alone; its values must not have been taken in.
    private static void Refuse(Guid instance, long step, ReadOnlySpan<SeriesPoint> points, RowTable rows)
    {
        var values = 0;
        foreach (var point in points)
            values += point.IsEnd || point.Series.IsAlso ? 0 : 1;
        if (values > 0)
            rows.Touch(instance, ToMicroseconds(step), values);
    }

    private void AddUnmapped(ReadOnlySpan<SeriesPoint> points, UnmappedReason reason)
    {
        foreach (var point in points)
        {
            if (!_isAgain && !point.IsEnd)
                batch.AddUnmapped(point.Series, reason);
        }
    }

    // Within years that no window reaches: the first step would begin before all time.
    private long Align(long nanoseconds) => _step == 0 ? nanoseconds : TimeBucket.Floor(Math.Max(nanoseconds, long.MinValue / 2), _step);

    /// <summary>The times whose steps a window holds, nanoseconds since 1970: from the first on to before the second.</summary>
    public static (long From, long To) Kept(SampleWindow window, TimeSpan step)
    {
        var length = Math.Max(1, step.Ticks * NanosecondsPerTick);
        return (TimeBucket.Floor(ToNanoseconds(window.Earliest) + length - 1, length), TimeBucket.Floor(ToNanoseconds(window.Latest + 1) - 1, length) + length);
    }

    /// <summary>A time as rows have it.</summary>
    public static long ToMicroseconds(long unixNanoseconds) =>
        (unixNanoseconds / NanosecondsPerMicrosecond) + PostgresTime.FromInstant(DateTimeOffset.UnixEpoch);

    /// <summary>A row's time in nanoseconds since 1970.</summary>
    public static long ToNanoseconds(long time) => (time - PostgresTime.FromInstant(DateTimeOffset.UnixEpoch)) * NanosecondsPerMicrosecond;
}
