using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>
/// Evaluates the ticks that are due. All it reads is fixed by the ticks' cutoffs, so it reads outside of any transaction; only the
/// writing is one. An evaluation that is killed, or that another aggregator was faster with, leaves nothing.
/// </summary>
internal sealed class AlertEvaluator(AlertStore store, AlertSamples samples, AlertWriter writer, TimeProvider time)
{
    // 5 minutes of missed ticks: rows that several ticks look at are read once.
    private const int MaxTicks = 20;

    private KeptStates? _kept;

    /// <summary>When the next tick is due, if nothing holds it up.</summary>
    public DateTimeOffset DueAt { get; private set; }

    /// <summary>Evaluates the next ticks that are due; false when none is, or another aggregator has the claim.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        if (await store.ClaimAsync(cancellationToken) is not { } claim)
        {
            // By then the claim of one that has died is over, or nearly.
            DueAt = time.GetUtcNow() + AlertTicks.Interval;
            return false;
        }
        DueAt = AlertTicks.Cutoff(claim.Done + AlertTicks.Interval);
        if (await store.LastSettledAsync(claim.Done, MaxTicks, cancellationToken) is not { } last)
            return false;
        await EvaluateAsync(claim, last, cancellationToken);
        return true;
    }

    /// <summary>Evaluates the ticks after the claim's last one, up to <paramref name="last"/>.</summary>
    /// <returns>Null when another aggregator was faster.</returns>
    internal async Task<TickResult?> EvaluateAsync(EvaluationClaim claim, DateTimeOffset last, CancellationToken cancellationToken)
    {
        var ticks = AlertTicks.Between(claim.Done + AlertTicks.Interval, last);
        using var activity = AlertTelemetry.StartEvaluation(ticks[0], last);
        var started = time.GetTimestamp();

        var rules = await store.RulesAsync(claim.Done, last, cancellationToken);
        var result = rules.Count == 0 ? new([], []) : await EvaluateAsync(rules, claim.First, ticks, cancellationToken);
        activity?.SetTag("launchstack.rules", rules.Count).SetTag("launchstack.transitions", result.Transitions.Count);
        if (!await writer.WriteAsync(result, claim.Done, last, cancellationToken))
            return null;
        _kept = _kept?.After(claim.Done, last, result);

        AlertTelemetry.EvaluationDuration.Record(time.GetElapsedTime(started).TotalSeconds);
        AlertTelemetry.EvaluationLag.Record((time.GetUtcNow() - last).TotalSeconds);
        foreach (var transition in result.Transitions)
            AlertTelemetry.Transitions.Add(1, new KeyValuePair<string, object?>("state", WireNames.Of(transition.To.Status)));
        return result;
    }

    private async Task<TickResult> EvaluateAsync(
        IReadOnlyList<AlertRule> rules, DateTimeOffset firstOfAll, DateTimeOffset[] ticks, CancellationToken cancellationToken)
    {
        var before = ticks[0] - AlertTicks.Interval;
        if (_kept is null || !_kept.Fits(before, rules))
            _kept = new(before, rules, await store.StatesAsync(rules, cancellationToken));
        var states = _kept.States;
        var targets = await samples.TargetsAsync(ticks[0], ticks[^1], null, cancellationToken);
        var concerned = targets.Where(t => rules.Any(r => r.Definition.IsPlatform
            || states.ContainsKey(StateKey.Of(r, t.Key)) || t.Value.Exists(target => r.Covers(t.Key, target)))).ToList();
        var (data, _) = await samples.ReadAsync(concerned, ticks[0], ticks[^1], rules.Max(r => r.Definition.Reach), most: null, cancellationToken);

        var starts = new Dictionary<StateKey, AlertState>();
        foreach (var rule in rules.Where(r => r.Definition.Measure == AlertMeasure.Silence))
        {
            var first = rule.FirstTick(firstOfAll);
            if (first < ticks[0] || first > ticks[^1])
                continue;
            foreach (var (instance, at) in await samples.LastAsync(concerned.Select(t => t.Key), first, cancellationToken))
                starts.Add(StateKey.Of(rule, instance), TickEvaluation.StartOf(first, at));
        }
        return TickEvaluation.Run(rules, data, states, starts, ticks, cancellationToken);
    }
}
