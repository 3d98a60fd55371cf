using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Usage.Database;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>
/// Runs a version of a rule over past samples, by the code that evaluates ticks, instance by instance. Only what the platform's silence
/// held back is taken from the stored history: it is a replay of its own.
/// </summary>
internal sealed class AlertReplay(AlertSamples samples, ReplayHistory history, DatabaseExecutor executor, TimeProvider time) : IDisposable
{
    // Memory: about 40 MB of samples at once.
    private const int SamplesAtOnce = 500_000;
    private const int InstancesAtOnce = 1000;

    // A client waits for the answer.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(25);

    // What agents send unless told otherwise; more often costs memory, not truth.
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(10);

    // They are heavy, and the evaluation goes on meanwhile.
    private readonly SemaphoreSlim _turn = new(1, 1);

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
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var activity = AlertTelemetry.StartReplay(first, last);
            var started = time.GetTimestamp();
            var states = isStored && !startsHere ? await history.StatesBeforeAsync(rule, first, cancellationToken) : [];
            var run = new Run(rule, first, last, states, await history.PlatformSilencesAsync(cancellationToken));
            var targets = await executor.ReadAsync(token => samples.TargetsAsync(run.Earliest, last, only ?? viewer.InstanceId, token), cancellationToken);
            var concerned = targets
                .Where(t => rule.Definition.IsPlatform || states.ContainsKey(t.Key) || t.Value.Exists(target => rule.Covers(t.Key, target)))
                .Where(t => viewer.UserId is null || t.Value[^1].UserId == viewer.UserId)
                .OrderBy(t => t.Key).ToList();

            // Those that were pending or recovering before the first tick start earlier: what they had held counts.
            var complete = true;
            foreach (var chunk in Chunks(concerned, run))
            {
                if (time.GetElapsedTime(started) > Budget)
                {
                    complete = false;
                    break;
                }
                var from = chunk.Min(t => run.Start(t.Key));
                var data = await executor.ReadAsync(token => samples.ReadAsync(chunk, from, last, rule.Definition.Reach, token), cancellationToken);
                var seen = startsHere && rule.Definition.Measure == AlertMeasure.Silence
                    ? await executor.ReadAsync(token => samples.LastAsync(chunk.Select(t => t.Key), first, token), cancellationToken)
                    : [];
                run.Add(data, seen);
            }
            activity?.SetTag("launchstack.samples", run.Samples);
            return run.Finish(complete);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static IEnumerable<List<KeyValuePair<Guid, List<InstanceTarget>>>> Chunks(List<KeyValuePair<Guid, List<InstanceTarget>>> instances, Run run)
    {
        var (chunk, expected) = (new List<KeyValuePair<Guid, List<InstanceTarget>>>(), 0L);
        foreach (var instance in instances.OrderBy(t => run.Start(t.Key)))
        {
            chunk.Add(instance);
            expected += (run.Last - run.Start(instance.Key)).Ticks / UsualInterval.Ticks + 1;
            if (expected < SamplesAtOnce && chunk.Count < InstancesAtOnce)
                continue;
            yield return chunk;
            (chunk, expected) = ([], 0);
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>One replay.</summary>
    private sealed class Run(
        AlertRule rule, DateTimeOffset first, DateTimeOffset last, Dictionary<Guid, (AlertState State, DateTimeOffset Entered)> states,
        List<(DateTimeOffset From, DateTimeOffset To)> silences)
    {
        private readonly List<AlertTransition> _transitions = [];
        private readonly PlatformEvaluation? _platform =
            rule.Definition.IsPlatform ? new(rule, AlertTicks.Between(StartOf(states, Guid.Empty, first), last)) : null;

        private int _instances;

        public DateTimeOffset Last => last;

        public long Samples { get; private set; }

        public DateTimeOffset Earliest => states.Keys.Select(Start).Append(first).Min();

        public DateTimeOffset Start(Guid instance) => StartOf(states, _platform is null ? instance : Guid.Empty, first);

        public void Add(IReadOnlyList<InstanceData> instances, Dictionary<Guid, DateTimeOffset> seen)
        {
            foreach (var data in instances)
            {
                _instances++;
                Samples += data.Samples.Length;
                if (_platform is not null)
                {
                    _platform.Add(data);
                    continue;
                }
                var before = states.TryGetValue(data.Id, out var stored) ? stored.State : null;
                var start = seen.TryGetValue(data.Id, out var at) ? TickEvaluation.StartOf(first, at) : null;
                var ticks = AlertTicks.Between(Start(data.Id), last);
                RuleEvaluation.Run(rule, data, before, start, ticks, HeldBack(ticks), _transitions);
            }
        }

        public ReplayResult Finish(bool complete)
        {
            if (_platform is not null)
            {
                var before = states.TryGetValue(Guid.Empty, out var stored) ? stored.State : null;
                _platform.Run(before, HeldBack(AlertTicks.Between(Start(Guid.Empty), last)), _transitions);
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

        private bool[] HeldBack(DateTimeOffset[] ticks)
        {
            var heldBack = new bool[ticks.Length];
            foreach (var (from, to) in silences)
            {
                for (var i = 0; i < ticks.Length; i++)
                    heldBack[i] |= from <= ticks[i] && ticks[i] < to;
            }
            return heldBack;
        }
    }
}
