using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
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
            .WithParameters(
                InstanceParameters.Search, InstanceParameters.State, InstanceParameters.Liveness, InstanceParameters.User, InstanceParameters.Sort,
                InstanceParameters.Limit, InstanceParameters.After)
            .WithSummary(
                "Instances that the key may read, each with its newest sample. Query: search (part of the name), state (as registered), "
                + "liveness (running, silent, new, or as registered), user_id, "
                + "sort (id, name, last_seen, cpu_usage, memory_usage, memory_percentage, disk_usage; a minus before it: the greatest first), "
                + "limit (1-1000, default 100), after (next of the page before).");
        return group;
    }

    private static async Task<Results<Ok<InstanceList>, ProblemHttpResult>> ListAsync(
        string? search, string? state, string? liveness, [FromQuery(Name = InstanceParameters.User)] string? user, string? sort, string? limit, string? after,
        UsageReader reader, HttpContext http, CancellationToken cancellationToken)
    {
        var (query, problem) = InstanceParameters.Parse(http.Request.Query);
        if (problem is not null)
            return problem;
        var key = KeyIdentity.Of(http);
        // Whether there is such a user is not the key's business.
        if (query.User is { } owner && (key?.InstanceId is not null || (key?.UserId is { } own && own != owner)))
            return TypedResults.Problem("The key may not read this user's instances.", statusCode: StatusCodes.Status403Forbidden);

        var page = await reader.InstancesAsync(query with { User = key?.UserId ?? query.User, Only = key?.InstanceId }, cancellationToken);
        if (page.Next is { } next)
            Paging.LinkNext(http, next.ToString());
        return TypedResults.Ok(new InstanceList(page.Instances, page.Next?.ToString()));
    }
}
