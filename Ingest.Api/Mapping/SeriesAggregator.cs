using LaunchStack.Usage.Samples;
using System.Runtime.InteropServices;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Makes rows of a request's values: rates from the sample before, sums over the series that belong together, times put
/// on their step. What it has to remember it writes back with <see cref="Commit"/> only, after the rows are stored, so
/// that a request that failed can be sent again and gives the same rows.
/// </summary>
internal sealed class SeriesAggregator(MappingOptions options, SeriesBatch batch)
{
    private const long NanosecondsPerTick = 100;
    private const long NanosecondsPerMicrosecond = 1_000;

    private readonly Dictionary<Series, SeriesState> _states = [];
    private readonly long _step = options.Step.Ticks * NanosecondsPerTick;
    private readonly long _rateWindow = options.RateWindow.Ticks * NanosecondsPerTick;

    /// <summary>The instances must have been looked up.</summary>
    public void Aggregate(RowTable rows)
    {
        var points = batch.Points;
        points.Sort();
        for (var start = 0; start < points.Length;)
        {
            var group = points[start].Series.Group!;
            var end = start + 1;
            while (end < points.Length && points[end].Series.Group == group)
                end++;
            AggregateGroup(group, points[start..end], rows);
            start = end;
        }
    }

    /// <summary>Remembers the last samples for the requests to come.</summary>
    public void Commit()
    {
        foreach (var (series, state) in _states)
            series.Commit(state);
    }

    private void AggregateGroup(SumGroup group, ReadOnlySpan<SeriesPoint> points, RowTable rows)
    {
        if (group.Instance.Id is not { } instance)
        {
            foreach (var point in points)
                batch.AddUnmapped(point.Series, group.Instance.Reason ?? UnmappedReason.UnknownInstance);
            return;
        }

        for (var i = 0; i < points.Length;)
        {
            var instant = Align(points[i].Time);
            var contributed = 0;
            var last = i;
            for (; i < points.Length && Align(points[i].Time) == instant; i++)
            {
                contributed += Apply(points[i]) ? 1 : 0;
                last = i;
            }

            if (contributed == 0)
                continue;
            var reason = Sum(group, points[last].Time, out var value);
            reason ??= rows.Put(instance, ToMicroseconds(instant), group.Column, value, contributed);
            if (reason is { } why)
                batch.AddUnmapped(points[last].Series, why);
        }
    }

    private bool Apply(in SeriesPoint point)
    {
        var rule = point.Series.Rule!;
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, point.Series, out var known);
        if (!known)
            state = point.Series.State;

        if (rule.Kind == SeriesKind.Gauge)
        {
            state = new(point.Time, point.Value, (point.Value * rule.Scale) + rule.Offset);
            return true;
        }

        var isDelta = point.Series.Description.IsDelta;
        if (point.Time <= state.Time && (isDelta || rule.Kind == SeriesKind.Rate))
            return Without(point.Series, UnmappedReason.OutOfOrder);
        if (point.Value < 0)
            return Without(point.Series, UnmappedReason.NotANumber);

        var total = isDelta ? state.Value + point.Value : point.Value;
        if (rule.Kind == SeriesKind.Counter)
        {
            state = new(point.Time, total, (total * rule.Scale) + rule.Offset);
            return true;
        }

        if (state.IsEmpty || point.Time - state.Time > _rateWindow)
        {
            state = new(point.Time, total, double.NaN);
            return Without(point.Series, UnmappedReason.FirstOfRate);
        }

        // A fall is a restart: then the new value counts whole.
        var increase = total >= state.Value ? total - state.Value : total;
        var seconds = (point.Time - state.Time) / 1e9;
        state = new(point.Time, total, (increase / seconds * rule.Scale) + rule.Offset);
        return true;
    }

    // Parts from other requests count too: a remote write cuts one scrape into several. A gauge's part must be of the
    // same step; a counter's holds until the next (a device that has gone away must not make the sum fall).
    private UnmappedReason? Sum(SumGroup group, long time, out double sum)
    {
        sum = 0;
        Span<(int Rule, int Parts)> rules = stackalloc (int, int)[Math.Min(group.Rules, 16)];
        foreach (var member in group.Members)
        {
            var state = _states.TryGetValue(member, out var own) ? own : member.State;
            if (double.IsNaN(state.Part))
                continue;
            if (member.Rule!.Kind == SeriesKind.Counter)
            {
                if (Align(state.Time) > Align(time))
                    return UnmappedReason.OutOfOrder;
            }
            else if (!IsFresh(state.Time, time, group.Rules > 1 ? _rateWindow : _step))
            {
                continue;
            }

            sum += state.Part;
            Count(rules, member.Rule.Index);
        }

        for (var i = 1; i < rules.Length; i++)
        {
            if (rules[i].Parts != rules[0].Parts)
                return UnmappedReason.Incomplete;
        }

        return null;
    }

    private static void Count(Span<(int Rule, int Parts)> rules, int rule)
    {
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].Parts > 0 && rules[i].Rule != rule)
                continue;
            rules[i] = (rule, rules[i].Parts + 1);
            return;
        }
    }

    private bool IsFresh(long part, long time, long window) =>
        Align(part) == Align(time) || (part > time ? part - time : time - part) < window;

    private bool Without(Series series, UnmappedReason reason)
    {
        batch.AddUnmapped(series, reason);
        return false;
    }

    private long Align(long nanoseconds)
    {
        if (_step == 0)
            return nanoseconds;
        var rest = nanoseconds % _step;
        return nanoseconds - (rest < 0 ? rest + _step : rest);
    }

    private static long ToMicroseconds(long unixNanoseconds) =>
        (unixNanoseconds / NanosecondsPerMicrosecond) + PostgresTime.FromInstant(DateTimeOffset.UnixEpoch);
}
