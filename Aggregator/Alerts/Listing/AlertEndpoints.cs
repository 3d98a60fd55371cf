using System.Globalization;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary><c>GET /v1/alerts</c> and the stored transitions of a rule.</summary>
internal static class AlertEndpoints
{
    private static readonly string[] States = ["firing", "recovering", "resolved", "pending", "silent", "inactive"];

    /// <summary>Maps both lists; the next page is in the header <c>Link</c>.</summary>
    public static void MapAlertLists(this RouteGroupBuilder routes)
    {
        routes.MapGet("/v1/alerts", AlertsAsync).WithName("ListAlerts").WithParameters([.. ListQuery.Parameters, "state", "instance", "user"]).WithTags("Alerts").WithSummary(
            "Alerts that the key may see, newest first: those that were there at any time from from to to. Of state pending, silent or inactive: "
            + "the states of rules and instances that raised none. Next page in the Link header.");
        routes.MapGet("/v1/alert-rules/{id:guid}/transitions", TransitionsAsync).WithName("ListAlertTransitions").WithParameters([.. ListQuery.Parameters, "version", "instance"]).WithTags("Alert rules").WithSummary(
            "The stored changes of state of a rule's version (the newest unless given), oldest first. Next page in the Link header.");
    }

    private static async Task<Results<Ok<List<AlertView>>, ProblemHttpResult>> AlertsAsync(
        string? state, string? instance, string? user, string? from, string? to, string? limit, string? after,
        AlertLists lists, UsageReader reader, HttpContext http, CancellationToken cancellationToken)
    {
        var (query, problem) = ListQuery.Parse(http.Request.Query);
        if (problem is not null)
            return problem;
        if (state is not null && !States.Contains(state))
            return ParameterProblem.Of("state", $"Give one of {string.Join(", ", States)}.");
        if (!TryId(instance, out var instanceId))
            return ParameterProblem.Of("instance", "Give the instance's id, a UUID.");
        if (!TryId(user, out var userId))
            return ParameterProblem.Of("user", "Give the user's id, a UUID.");
        var viewer = Viewer.Of(http);
        if (!await viewer.MaySeeAsync(userId, instanceId, reader, cancellationToken))
            return Forbidden();

        var alerts = await lists.AlertsAsync(viewer, state, userId, instanceId, query!, cancellationToken);
        if (alerts.Count == query!.Limit)
            Paging.LinkNext(http, new PageCursor(alerts[^1].RaisedAt ?? alerts[^1].Since, alerts[^1].Id).ToString());
        return TypedResults.Ok(alerts);
    }

    private static async Task<Results<Ok<List<TransitionView>>, ProblemHttpResult>> TransitionsAsync(
        Guid id, string? version, string? instance, string? from, string? to, string? limit, string? after,
        AlertRuleStore rules, AlertLists lists, UsageReader reader, HttpContext http, CancellationToken cancellationToken)
    {
        var (query, problem) = ListQuery.Parse(http.Request.Query);
        if (problem is not null)
            return problem;
        if (!TryId(instance, out var instanceId))
            return ParameterProblem.Of("instance", "Give the instance's id, a UUID.");
        int? number = null;
        if (version is not null)
        {
            if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
                return ParameterProblem.Of("version", "Give a version's number.");
            number = parsed;
        }
        var viewer = Viewer.Of(http);
        if (!await viewer.MaySeeAsync(null, instanceId, reader, cancellationToken))
            return Forbidden();
        if (await rules.VersionAsync(id, number, viewer, cancellationToken) is not { } rule)
            return AlertRuleEndpoints.Unknown(id);

        var transitions = await lists.TransitionsAsync(viewer, id, rule.Version, instanceId, query!, cancellationToken);
        if (transitions.Count == query!.Limit)
            Paging.LinkNext(http, new PageCursor(transitions[^1].Tick, transitions[^1].InstanceId ?? Guid.Empty).ToString());
        return TypedResults.Ok(transitions);
    }

    internal static ProblemHttpResult Forbidden() =>
        TypedResults.Problem("The key may not read what was asked for.", statusCode: StatusCodes.Status403Forbidden);

    private static bool TryId(string? text, out Guid? id)
    {
        id = null;
        if (text is null)
            return true;
        if (!Guid.TryParse(text, out var parsed))
            return false;
        id = parsed;
        return true;
    }
}
