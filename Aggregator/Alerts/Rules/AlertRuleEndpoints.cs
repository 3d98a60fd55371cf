using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary><c>/v1/alert-rules</c>.</summary>
internal static class AlertRuleEndpoints
{
    /// <summary>Maps reading for every key (a bound one sees what concerns it), writing for administrators.</summary>
    public static RouteGroupBuilder MapAlertRules(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("/v1/alert-rules").WithTags("Alert rules");
        group.MapGet("", ListAsync).WithName("ListAlertRules").WithSummary("Rules that the key may see, newest versions, in order of name.");
        group.MapGet("/{id:guid}", GetAsync).WithName("GetAlertRule").WithSummary("A rule's newest version.");
        group.MapPost("", PostAsync).WithName("PostAlertRule").RequireAuthorization(Scopes.Admin)
            .WithSummary("Makes a rule. One that could never be raised or never be cleared is refused.");
        group.MapPut("/{id:guid}", PutAsync).WithName("PutAlertRule").RequireAuthorization(Scopes.Admin)
            .WithSummary("Replaces a rule: a new version, whose states start anew; alerts of the old one are over. The same again changes nothing.");
        group.MapDelete("/{id:guid}", DeleteAsync).WithName("DeleteAlertRule").RequireAuthorization(Scopes.Admin)
            .WithSummary("Ends a rule; its alerts are over. Its history stays.");
        group.MapPut("/{id:guid}/mute", MuteAsync).WithName("MuteAlertRule").RequireAuthorization(Scopes.Admin)
            .WithSummary("Keeps a rule's notifications back until a time; null ends that. States and events go on.");
        return group;
    }

    private static async Task<Ok<List<AlertRuleView>>> ListAsync(AlertRuleStore store, Viewer viewer, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.ListAsync(viewer, cancellationToken));

    private static async Task<Results<Ok<AlertRuleView>, ProblemHttpResult>> GetAsync(
        Guid id, AlertRuleStore store, Viewer viewer, CancellationToken cancellationToken) =>
        await store.FindAsync(id, viewer, cancellationToken) is { } rule ? TypedResults.Ok(rule) : Unknown(id);

    private static async Task<Created<AlertRuleView>> PostAsync(
        JsonBody<AlertRuleBody> body, AlertRuleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var definition = await CheckAsync(body.Value, store, time, cancellationToken);
        var id = await store.CreateAsync(definition, body.Value.MutedUntil, cancellationToken);
        return TypedResults.Created($"/v1/alert-rules/{id}", await store.FindAsync(id, Viewer.Everybody, cancellationToken));
    }

    private static async Task<Results<Ok<AlertRuleView>, ProblemHttpResult>> PutAsync(
        Guid id, JsonBody<AlertRuleBody> body, AlertRuleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var definition = await CheckAsync(body.Value, store, time, cancellationToken);
        return await store.ReplaceAsync(id, definition, body.Value.MutedUntil, cancellationToken)
            && await store.FindAsync(id, Viewer.Everybody, cancellationToken) is { } rule ? TypedResults.Ok(rule) : Unknown(id);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, AlertRuleStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(id, cancellationToken) ? TypedResults.NoContent() : Unknown(id);

    private static async Task<Results<Ok<AlertRuleView>, ProblemHttpResult>> MuteAsync(
        Guid id, JsonBody<MuteBody> body, AlertRuleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (body.Value.Until <= time.GetUtcNow())
            throw new ParameterException("until", "This time has passed.");
        return await store.MuteAsync(id, body.Value.Until, cancellationToken)
            && await store.FindAsync(id, Viewer.Everybody, cancellationToken) is { } rule ? TypedResults.Ok(rule) : Unknown(id);
    }

    /// <summary>The definition that a body holds, whose user and instance exist.</summary>
    internal static async Task<AlertDefinition> CheckAsync(AlertRuleBody body, AlertRuleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var definition = RuleChecks.Of(body, time.GetUtcNow());
        var (user, instance) = await store.ExistAsync(definition.UserId, definition.InstanceId, cancellationToken);
        return !user ? throw new ParameterException("user_id", $"There is no user {definition.UserId}: it would never be raised.")
            : !instance ? throw new ParameterException("instance_id", $"There is no instance {definition.InstanceId}: it would never be raised.")
            : definition;
    }

    internal static ProblemHttpResult Unknown(Guid id) =>
        TypedResults.Problem($"There is no alert rule {id}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown rule");
}
