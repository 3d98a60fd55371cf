using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Instances;

/// <summary><c>GET /v1/instances/{id}</c>.</summary>
public static class InstanceDetailEndpoint
{
    /// <summary>Maps it.</summary>
    public static void MapInstance(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/instances/{id}", FindAsync).WithName("Instance").WithTags("Instances").WithSummary("One instance, as in the list.")
            .RequireAuthorization(Scopes.Read);

    private static async Task<Results<Ok<InstanceSummary>, ProblemHttpResult>> FindAsync(
        string id, UsageReader reader, Viewer viewer, CancellationToken cancellationToken)
    {
        var instance = Parameters.Id(id, "the instance's id");
        await viewer.RequireAsync(null, instance, reader, cancellationToken);
        return (await reader.InstancesAsync(new InstanceQuery { Limit = 1, Only = instance }, cancellationToken)).Instances is [var found]
            ? TypedResults.Ok(found)
            : TypedResults.Problem($"There is no instance {instance}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown instance");
    }
}
