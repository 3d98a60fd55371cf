using LaunchStack.Aggregator.Alerts.Listing;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary><c>/v1/notification-routes</c> and <c>/v1/notifications</c>, for administrators: a route leads out of the system.</summary>
internal static class NotificationEndpoints
{
    private static readonly string[] States = ["collecting", "waiting", "sent", "failed"];

    /// <summary>Maps both.</summary>
    public static void MapNotificationRoutes(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("/v1/notification-routes").WithTags("Notifications").RequireAuthorization(Scopes.Admin);
        group.MapGet("", ListAsync).WithName("ListNotificationRoutes").WithSummary("All routes, without secrets.");
        group.MapPost("", PostAsync).WithName("PostNotificationRoute").WithSummary("Makes a route to a webhook or to mail addresses.");
        group.MapPut("/{id:guid}", PutAsync).WithName("PutNotificationRoute").WithSummary("Replaces a route. A URL and a secret that are not sent are kept.");
        group.MapDelete("/{id:guid}", DeleteAsync).WithName("DeleteNotificationRoute").WithSummary("Ends a route. That of kind log stays.");
        group.MapPost("/{id:guid}/test", TestAsync).WithName("TestNotificationRoute").WithSummary("Sends a test at once, and says how that ended.");

        var sent = routes.MapGroup("/v1/notifications").WithTags("Notifications").RequireAuthorization(Scopes.Admin);
        sent.MapGet("", NotificationsAsync).WithName("ListNotifications").WithSummary("Notifications and what became of them, newest first. Next page in the Link header.");
        sent.MapPost("/{id:guid}/retry", RetryAsync).WithName("RetryNotification").WithSummary("Sends one that has failed for good again.");
    }

    private static async Task<Ok<List<RouteView>>> ListAsync(NotificationRouteStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok((await store.ListAsync(null, cancellationToken)).ConvertAll(RouteView.Of));

    private static async Task<Created<RouteView>> PostAsync(
        JsonBody<RouteBody> body, NotificationRouteStore store, AlertRuleStore rules, NotificationOptions options, CancellationToken cancellationToken)
    {
        var route = await CheckAsync(body.Value, Guid.CreateVersion7(), null, rules, options, cancellationToken);
        await store.SaveAsync(route, cancellationToken);
        return TypedResults.Created($"/v1/notification-routes/{route.Id}", RouteView.Of(route));
    }

    private static async Task<Results<Ok<RouteView>, ProblemHttpResult>> PutAsync(
        Guid id, JsonBody<RouteBody> body, NotificationRouteStore store, AlertRuleStore rules, NotificationOptions options, CancellationToken cancellationToken)
    {
        if ((await store.ListAsync(id, cancellationToken)).FirstOrDefault() is not { } before)
            return Unknown(id);
        if (before.Kind == RouteKind.Log)
            return Fixed();
        var route = await CheckAsync(body.Value, id, before, rules, options, cancellationToken);
        await store.SaveAsync(route, cancellationToken);
        return TypedResults.Ok(RouteView.Of(route));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, NotificationRouteStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(id, cancellationToken) ? TypedResults.NoContent()
        : (await store.ListAsync(id, cancellationToken)).Count > 0 ? Fixed() : Unknown(id);

    private static async Task<Results<Ok<RouteTest>, ProblemHttpResult>> TestAsync(
        Guid id, NotificationRouteStore store, NotificationDelivery delivery, TimeProvider time, CancellationToken cancellationToken)
    {
        if ((await store.ListAsync(id, cancellationToken)).FirstOrDefault() is not { } route)
            return Unknown(id);
        var message = Guid.CreateVersion7();
        var payload = NotificationJson.Write(new(NotificationMessage.Test, time.GetUtcNow(), new(message, 0, [])));
        var error = await delivery.TryAsync(route, message, payload, cancellationToken);
        return TypedResults.Ok(new RouteTest(error is null, error));
    }

    private static async Task<Ok<List<NotificationView>>> NotificationsAsync(
        string? state, string? route, string? from, string? to, string? limit, string? after,
        NotificationRouteStore store, HttpContext http, CancellationToken cancellationToken)
    {
        var query = ListQuery.Parse(from, to, limit, after);
        if (state is not null && !States.Contains(state))
            throw new ParameterException("state", $"Give one of {string.Join(", ", States)}.");
        var notifications = await store.NotificationsAsync(state, Parameters.IdOrNull(route, "the route's id"), query, cancellationToken);
        if (notifications.Count == query.Limit)
            Paging.LinkNext(http, new PageCursor(notifications[^1].CreatedAt, notifications[^1].Id).ToString());
        return TypedResults.Ok(notifications);
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> RetryAsync(Guid id, NotificationRouteStore store, CancellationToken cancellationToken) =>
        await store.RetryAsync(id, cancellationToken)
            ? TypedResults.Accepted((string?)null)
            : TypedResults.Problem($"There is no failed notification {id}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown notification");

    private static async Task<NotificationRoute> CheckAsync(
        RouteBody body, Guid id, NotificationRoute? before, AlertRuleStore rules, NotificationOptions options, CancellationToken cancellationToken)
    {
        var route = RouteChecks.Of(body, id, before, options);
        return route.UserId is null || (await rules.ExistAsync(route.UserId, null, cancellationToken)).User
            ? route
            : throw new ParameterException("user_id", $"There is no user {route.UserId}.");
    }

    private static ProblemHttpResult Unknown(Guid id) =>
        TypedResults.Problem($"There is no notification route {id}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown route");

    private static ProblemHttpResult Fixed() =>
        TypedResults.Problem("The route of kind log is always there.", statusCode: StatusCodes.Status409Conflict, title: "Fixed route");
}
