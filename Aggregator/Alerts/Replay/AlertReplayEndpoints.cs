using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Listing;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary><c>POST /v1/alert-rules/replay</c> and <c>/preview</c>.</summary>
internal static class AlertReplayEndpoints
{
    private const int MaxTransitions = 10_000;
    private const int MaxInstances = 20;

    /// <summary>Maps both; a bound key replays over what it may see.</summary>
    public static void MapAlertReplay(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("/v1/alert-rules").WithTags("Alert rules");
        group.MapPost("/replay", ReplayAsync).WithName("ReplayAlertRule").WithSummary(
            "Runs a rule over past samples. Of a stored rule it says whether the stored history holds just the same transitions.");
        group.MapPost("/preview", PreviewAsync).WithName("PreviewAlertRule").WithSummary(
            "What a rule would have done, of the last 30 days unless told otherwise: how often it would have fired, and for how long.");
    }

    private static async Task<Results<Ok<ReplayAnswer>, ProblemHttpResult>> ReplayAsync(
        JsonBody<ReplayBody> request, AlertRuleStore rules, AlertReplay replay, ReplayHistory history, UsageReader reader, TimeProvider time,
        Viewer viewer, CancellationToken cancellationToken)
    {
        var body = request.Value;
        if (body.RuleId is null == body.Rule is null)
            throw new ParameterException("rule_id", "Give either rule_id or rule.");
        await viewer.RequireAsync(null, body.InstanceId, reader, cancellationToken);

        if (body.Rule is not null)
        {
            var (tried, trial) = await TryAsync(body.Rule, body.From, body.To, viewer, rules, reader, time, cancellationToken);
            var found = await replay.RunAsync(tried, isStored: false, trial.First, trial.Last, startsHere: true, viewer, body.InstanceId, cancellationToken);
            return TypedResults.Ok(Answer(tried, trial, found, null));
        }

        if (await rules.VersionAsync(body.RuleId!.Value, body.Version, viewer, cancellationToken) is not { } rule)
            return AlertRuleEndpoints.Unknown(body.RuleId.Value);
        if (rule.Definition.IsPlatform && viewer.IsBound)
            throw Viewer.Forbidden();
        if (await history.ProgressAsync(cancellationToken) is not { } progress || !rule.Definition.Enabled || rule.FirstTick(progress.First) > progress.Last)
            return TypedResults.Problem("The rule has not been evaluated yet.", statusCode: StatusCodes.Status409Conflict, title: "No history");
        var start = rule.FirstTick(progress.First);
        // At the first tick after its end, what it had raised is over.
        var end = rule.ValidTo is { } to && AlertTicks.Ceiling(to) < progress.Last ? AlertTicks.Ceiling(to) : progress.Last;
        var span = ReplaySpan.Of(body.From, body.To, start, end, start);
        var result = await replay.RunAsync(
            rule, isStored: true, span.First, span.Last, startsHere: span.First == start, viewer, body.InstanceId, cancellationToken);
        var stored = result.Complete && (!viewer.IsBound || viewer.InstanceId is not null)
            ? await history.TransitionsAsync(rule, span.First, span.Last, body.InstanceId ?? viewer.InstanceId, cancellationToken)
            : null;
        return TypedResults.Ok(Answer(rule, span, result, stored));
    }

    private static async Task<Ok<PreviewAnswer>> PreviewAsync(
        JsonBody<PreviewBody> request, AlertRuleStore rules, AlertReplay replay, UsageReader reader, TimeProvider time,
        Viewer viewer, CancellationToken cancellationToken)
    {
        var body = request.Value.Rule ?? throw new ParameterException("rule", "Give the rule.");
        var (rule, span) = await TryAsync(body, request.Value.From, request.Value.To, viewer, rules, reader, time, cancellationToken);
        var result = await replay.RunAsync(rule, isStored: false, span.First, span.Last, startsHere: true, viewer, null, cancellationToken);
        var totals = ReplayTotals.Of(result, span.First, span.Last);
        var (fired, seconds) = (totals.Sum(t => t.Fired), totals.Sum(t => t.TotalSeconds));
        return TypedResults.Ok(new PreviewAnswer(
            ReplayTotals.Sentence(fired, seconds, span.Last - span.First + AlertTicks.Interval), span.First, span.Last, fired, seconds,
            result.Instances, result.Samples, result.Complete, [.. totals.Take(MaxInstances)]));
    }

    private static async Task<(AlertRule Rule, ReplaySpan Span)> TryAsync(
        AlertRuleBody body, DateTimeOffset? from, DateTimeOffset? to, Viewer viewer, AlertRuleStore rules, UsageReader reader, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Before anything tells whether they exist.
        await viewer.RequireAsync(body.UserId, body.InstanceId, reader, cancellationToken);
        var definition = await AlertRuleEndpoints.CheckAsync(body, rules, time, cancellationToken);
        if (definition.IsPlatform && viewer.IsBound)
            throw Viewer.Forbidden();
        // The last tick that surely knows all it will ever know.
        var latest = AlertTicks.Floor(time.GetUtcNow() - TimeSpan.FromMinutes(1));
        var end = to < latest && to > DateTimeOffset.UnixEpoch ? to.Value : latest;
        return (new(Guid.Empty, 0, definition with { Enabled = true }), ReplaySpan.Of(from, to, DateTimeOffset.UnixEpoch, latest, end - ReplaySpan.Usual));
    }

    private static ReplayAnswer Answer(AlertRule rule, ReplaySpan span, ReplayResult result, HashSet<StoredTransition>? stored)
    {
        var totals = ReplayTotals.Of(result, span.First, span.Last);
        int? missing = stored is null ? null : result.Transitions.Count(t => !stored.Remove(StoredTransition.Of(t)));
        return new(
            rule.Version == 0 ? null : rule.Id, rule.Version == 0 ? null : rule.Version, span.First, span.Last, totals.Sum(t => t.Fired),
            totals.Sum(t => t.TotalSeconds), result.Complete, stored is null ? null : missing == 0 && stored.Count == 0, missing, stored?.Count,
            result.Transitions.Count, [.. result.Transitions.Take(MaxTransitions).Select(TransitionView.Of)]);
    }
}
