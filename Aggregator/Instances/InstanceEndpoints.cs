using LaunchStack.Usage.History;
using System.Globalization;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Instances;

/// <summary><c>GET /v1/instances</c>.</summary>
public static class InstanceEndpoints
{
    private const int DefaultLimit = 100;

    // Each instance costs a look for its newest sample.
    private const int LargestLimit = 1000;

    /// <summary>Maps the list of instances: an array in order of id; the next page is in the header <c>Link</c>.</summary>
    public static RouteGroupBuilder MapInstances(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/instances").WithTags("Instances").RequireAuthorization(Scopes.Read);
        group.MapGet("", ListAsync).WithName("ListInstances")
            .WithSummary("Instances that the key may read, with their last sample time, in order of id; query: limit (1-1000), after (id). Next page in the Link header.");
        return group;
    }

    private static async Task<Results<Ok<List<InstanceSummary>>, ProblemHttpResult>> ListAsync(
        string? limit, string? after, UsageReader reader, HttpContext http, CancellationToken cancellationToken)
    {
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > LargestLimit))
            return ParameterProblem.Of("limit", $"Give a whole number from 1 to {LargestLimit}.");
        var last = Guid.Empty;
        if (after is not null && !Guid.TryParse(after, out last))
            return ParameterProblem.Of("after", "Give the id of the last instance of the page before, a UUID.");

        var key = KeyIdentity.Of(http);
        var page = await reader.InstancesAsync(after is null ? null : last, count, key?.UserId, key?.InstanceId, cancellationToken);
        if (page.Count == count)
            http.Response.Headers.Link = $"</v1/instances?limit={count}&after={page[^1].InstanceId}>; rel=\"next\"";
        return TypedResults.Ok(page);
    }
}
