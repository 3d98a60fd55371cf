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
        routes.MapGet("/v1/alerts", AlertsAsync).WithName("ListAlerts").WithTags("Alerts").WithSummary(
            "Alerts that the key may see, newest first: those that were there at any time from from to to. Of state pending, silent or inactive: "
            + "the states of rules and instances that raised none. Next page in the Link header.");
        routes.MapGet("/v1/alert-rules/{id:guid}/transitions", TransitionsAsync).WithName("ListAlertTransitions").WithTags("Alert rules").WithSummary(
            "The stored changes of state of a rule's version (the newest unless given), oldest first. Next page in the Link header.");
    }

    private static async Task<Ok<List<AlertView>>> AlertsAsync(
        string? state, string? instance, string? user, string? from, string? to, string? limit, string? after,
        AlertLists lists, UsageReader reader, Viewer viewer, HttpContext http, CancellationToken cancellationToken)
    {
        var query = ListQuery.Parse(from, to, limit, after);
        if (state is not null && !States.Contains(state))
            throw new ParameterException("state", $"Give one of {string.Join(", ", States)}.");
        var (instanceId, userId) = (Parameters.IdOrNull(instance, "the instance's id"), Parameters.IdOrNull(user, "the user's id"));
        await viewer.RequireAsync(userId, instanceId, reader, cancellationToken);

        var alerts = await lists.AlertsAsync(viewer, state, userId, instanceId, query, cancellationToken);
        if (alerts.Count == query.Limit)
            Paging.LinkNext(http, new PageCursor(alerts[^1].RaisedAt ?? alerts[^1].Since, alerts[^1].Id).ToString());
        return TypedResults.Ok(alerts);
    }

    private static async Task<Results<Ok<List<TransitionView>>, ProblemHttpResult>> TransitionsAsync(
        Guid id, string? version, string? instance, string? from, string? to, string? limit, string? after,
        AlertRuleStore rules, AlertLists lists, UsageReader reader, Viewer viewer, HttpContext http, CancellationToken cancellationToken)
    {
        var query = ListQuery.Parse(from, to, limit, after);
        var instanceId = Parameters.IdOrNull(instance, "the instance's id");
        int? number = null;
        if (version is not null)
            number = int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : throw new ParameterException("version", "Give a version's number.");
        await viewer.RequireAsync(null, instanceId, reader, cancellationToken);
        if (await rules.VersionAsync(id, number, viewer, cancellationToken) is not { } rule)
            return AlertRuleEndpoints.Unknown(id);

        var transitions = await lists.TransitionsAsync(viewer, id, rule.Version, instanceId, query, cancellationToken);
        if (transitions.Count == query.Limit)
            Paging.LinkNext(http, new PageCursor(transitions[^1].Tick, transitions[^1].InstanceId ?? Guid.Empty).ToString());
        return TypedResults.Ok(transitions);
    }
}
