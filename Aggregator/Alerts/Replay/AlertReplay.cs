using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>
/// Runs a version of a rule over past samples, by the code that evaluates ticks, instance by instance. Only what the platform's silence
/// held back is taken from the stored history: it is a replay of its own.
/// </summary>
internal sealed class AlertReplay(AlertSamples samples, ReplayHistory history, DatabaseExecutor executor, TimeProvider time) : IDisposable
{
    private const int InstancesAtOnce = 1000;

    // A client waits for the answer.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(25);

    // What agents send unless told otherwise; what comes more often is read in parts.
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(10);

    // They are heavy, and the evaluation goes on meanwhile. A turn is over by the end of the budget.
    private readonly Turns _turns = new("replays", 1, 3, Budget + TimeSpan.FromSeconds(5));

    /// <summary>Samples in memory: about 40 MB, and twice that while they are sorted.</summary>
    public int MaxAtOnce { get; init; } = 500_000;

    /// <summary>Replays the ticks from <paramref name="first"/> to <paramref name="last"/>.</summary>
    /// <param name="rule">The version.</param>
    /// <param name="isStored">Whether it starts from the stored states before the first tick.</param>
    /// <param name="first">First tick.</param>
    /// <param name="last">Last tick.</param>
    /// <param name="startsHere">Whether the first tick is the version's first.</param>
    /// <param name="viewer">Only the instances that the viewer may see.</param>
    /// <param name="only">Only this instance.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<ReplayResult> RunAsync(
        AlertRule rule, bool isStored, DateTimeOffset first, DateTimeOffset last, bool startsHere, Viewer viewer, Guid? only, CancellationToken cancellationToken)
    {
        using var turn = await _turns.TakeAsync(viewer.UserId ?? viewer.InstanceId ?? Guid.Empty, cancellationToken);
        using var activity = AlertTelemetry.StartReplay(first, last);
        using var budget = new CancellationTokenSource(Budget, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        var states = isStored && !startsHere ? await history.StatesBeforeAsync(rule, first, cancellationToken) : [];
        var run = new Run(rule, first, last, states, await history.PlatformSilencesAsync(cancellationToken));
        var targets = await executor.ReadAsync(token => samples.TargetsAsync(run.Earliest, last, only ?? viewer.InstanceId, token), cancellationToken);
        var concerned = targets
            .Where(t => rule.Definition.IsPlatform || states.ContainsKey(t.Key) || t.Value.Exists(target => rule.Covers(t.Key, target)))
            .Where(t => viewer.UserId is null || t.Value[^1].UserId == viewer.UserId)
            .OrderBy(t => t.Key).ToList();

        // Those that were pending or recovering before the first tick start earlier: what they had held counts.
        var complete = true;
        try
        {
            foreach (var chunk in Chunks(concerned, run))
            {
                ended.Token.ThrowIfCancellationRequested();
                var seen = startsHere && rule.Definition.Measure == AlertMeasure.Silence
                    ? await executor.ReadAsync(token => samples.LastAsync(chunk.Select(t => t.Key), first, token), ended.Token)
                    : [];
                await AddAsync(run, rule, chunk, chunk.Min(t => run.Start(t.Key)), last, seen, ended.Token);
            }
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            complete = false;
        }
        activity?.SetTag("launchstack.samples", run.Samples);
        return run.Finish(complete);
    }

    // What is too much at once is read in parts: of the instances, and of the time where one alone has too much.
    private async Task AddAsync(
        Run run, AlertRule rule, List<KeyValuePair<Guid, List<InstanceTarget>>> chunk, DateTimeOffset first, DateTimeOffset last,
        Dictionary<Guid, DateTimeOffset> seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (data, isAll) = await executor.ReadAsync(
                token => samples.ReadAsync(chunk, first, last, rule.Definition.Reach, MaxAtOnce, token), cancellationToken);
            if (!isAll && chunk.Count > 1)
            {
                await AddAsync(run, rule, chunk[..(chunk.Count / 2)], first, last, seen, cancellationToken);
                await AddAsync(run, rule, chunk[(chunk.Count / 2)..], first, last, seen, cancellationToken);
                return;
            }
            // The last tick before the last sample that was read: of its time there may be more.
            var end = isAll ? last : AlertTicks.Floor(new(data[0].Samples.Span[^1].At - 1, TimeSpan.Zero));
            if (end < first && !isAll)
            {
                throw new RequestException(
                    StatusCodes.Status422UnprocessableEntity,
                    $"Instance {data[0].Id} has sent more than {MaxAtOnce} samples within {rule.Definition.Reach.TotalSeconds:0} seconds before {first:O}: give a shorter span_seconds, or other instances or times.");
            }
            run.Add(data, seen, first, end, cancellationToken);
            if (isAll)
                return;
            first = end + AlertTicks.Interval;
        }
    }

    private IEnumerable<List<KeyValuePair<Guid, List<InstanceTarget>>>> Chunks(List<KeyValuePair<Guid, List<InstanceTarget>>> instances, Run run)
    {
        var (chunk, expected) = (new List<KeyValuePair<Guid, List<InstanceTarget>>>(), 0L);
        foreach (var instance in instances.OrderBy(t => run.Start(t.Key)))
        {
            chunk.Add(instance);
            expected += (run.Last - run.Start(instance.Key)).Ticks / UsualInterval.Ticks + 1;
            if (expected < MaxAtOnce / 2 && chunk.Count < InstancesAtOnce)
                continue;
            yield return chunk;
            (chunk, expected) = ([], 0);
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>One replay.</summary>
    private sealed class Run(
        AlertRule rule, DateTimeOffset first, DateTimeOffset last, Dictionary<Guid, (AlertState State, DateTimeOffset Entered)> states,
        List<(DateTimeOffset From, DateTimeOffset To)> silences)
    {
        private readonly List<AlertTransition> _transitions = [];

        // Where those stand that are read in parts of the time.
        private readonly Dictionary<Guid, AlertState?> _states = [];
        private readonly DateTimeOffset[] _ticks = AlertTicks.Between(EarliestOf(states, first), last);
        private readonly PlatformEvaluation? _platform =
            rule.Definition.IsPlatform ? new(rule, AlertTicks.Between(StartOf(states, Guid.Empty, first), last)) : null;

        private bool[]? _heldBack;

        // Those that were looked at to the end, and how many transitions they have.
        private int _instances, _known;

        public DateTimeOffset Last => last;

        public long Samples { get; private set; }

        public DateTimeOffset Earliest { get; } = EarliestOf(states, first);

        public DateTimeOffset Start(Guid instance) => StartOf(states, _platform is null ? instance : Guid.Empty, first);

        /// <summary>Goes on with instances, at the ticks of a part of the time after those before.</summary>
        public void Add(
            IReadOnlyList<InstanceData> instances, Dictionary<Guid, DateTimeOffset> seen, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
        {
            foreach (var data in instances)
            {
                Samples += data.Samples.Length;
                if (_platform is not null)
                {
                    if (from <= to)
                        _platform.Add(data, from, to, cancellationToken);
                }
                else
                {
                    if (!_states.Remove(data.Id, out var before))
                        before = states.TryGetValue(data.Id, out var stored) ? stored.State : null;
                    var start = seen.TryGetValue(data.Id, out var at) ? TickEvaluation.StartOf(first, at) : null;
                    var ticks = PositionOf(from > Start(data.Id) ? from : Start(data.Id))..(PositionOf(to) + 1);
                    var after = RuleEvaluation.Run(rule, data, before, start, _ticks.AsSpan()[ticks], HeldBack().AsSpan()[ticks], _transitions, cancellationToken);
                    if (to < last)
                    {
                        _states.Add(data.Id, after);
                        continue;
                    }
                }
                if (to == last)
                    (_instances, _known) = (_instances + 1, _transitions.Count);
            }
        }

        public ReplayResult Finish(bool complete)
        {
            // One that was looked at in part counts as not looked at.
            _transitions.RemoveRange(_known, _transitions.Count - _known);
            if (_platform is not null)
            {
                var before = states.TryGetValue(Guid.Empty, out var stored) ? stored.State : null;
                _platform.Run(before, HeldBack().AsSpan(PositionOf(Start(Guid.Empty))), _transitions);
            }
            return new(
                [.. _transitions.Where(t => t.Tick >= first).OrderBy(t => t.Tick).ThenBy(t => t.InstanceId)],
                [.. states.Where(s => s.Value.State.IsRaised).Select(s => s.Key)], _instances, Samples, complete);
        }

        // The tick after the one at which the state was entered, for states that count ticks.
        private static DateTimeOffset StartOf(
            Dictionary<Guid, (AlertState State, DateTimeOffset Entered)> states, Guid instance, DateTimeOffset first) =>
            states.TryGetValue(instance, out var before) && before.State.Status is AlertStatus.Pending or AlertStatus.Recovering
                ? before.Entered + AlertTicks.Interval
                : first;

        private static DateTimeOffset EarliestOf(Dictionary<Guid, (AlertState State, DateTimeOffset Entered)> states, DateTimeOffset first) =>
            states.Keys.Select(instance => StartOf(states, instance, first)).Append(first).Min();

        private int PositionOf(DateTimeOffset tick) => (int)((tick - Earliest).Ticks / AlertTicks.Interval.Ticks);

        private bool[] HeldBack()
        {
            if (_heldBack is not null)
                return _heldBack;
            _heldBack = new bool[_ticks.Length];
            foreach (var (from, to) in silences)
            {
                for (var i = 0; i < _ticks.Length; i++)
                    _heldBack[i] |= from <= _ticks[i] && _ticks[i] < to;
            }
            return _heldBack;
        }
    }
}
