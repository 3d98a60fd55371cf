using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LaunchStack.Aggregator.Instances;

/// <summary><c>GET /v1/instances</c>.</summary>
public static class InstanceEndpoints
{
    /// <summary>Maps the list of instances; the next page is in <c>next</c> and in the header <c>Link</c>.</summary>
    public static RouteGroupBuilder MapInstances(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/instances").WithTags("Instances").RequireAuthorization(Scopes.Read);
        group.MapGet("", ListAsync).WithName("ListInstances")
            .WithSummary(
                "Instances that the key may read, each with its newest sample. Query: search (part of the name), state (as registered), "
                + "liveness (running, silent, new, or as registered), user_id, "
                + "sort (id, name, last_seen, cpu_usage, memory_usage, memory_percentage, disk_usage; a minus before it: the greatest first), "
                + "limit (1-1000, default 100), after (next of the page before).");
        return group;
    }

    private static async Task<Ok<InstanceList>> ListAsync(
        string? search, string? state, string? liveness, [FromQuery(Name = "user_id")] string? user, string? sort, string? limit, string? after,
        UsageReader reader, Viewer viewer, HttpContext http, CancellationToken cancellationToken)
    {
        var query = InstanceParameters.Parse(search, state, liveness, user, sort, limit, after);
        await viewer.RequireAsync(query.User, null, reader, cancellationToken);

        var page = await reader.InstancesAsync(query with { User = viewer.UserId ?? query.User, Only = viewer.InstanceId }, cancellationToken);
        if (page.Next is { } next)
            Paging.LinkNext(http, next.ToString());
        return TypedResults.Ok(new InstanceList(page.Instances, page.Next?.ToString()));
    }
}
