using LaunchStack.Auth;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Operations.Monitoring;

/// <summary><c>GET /v1/database</c>.</summary>
public static class DatabaseEndpoints
{
    /// <summary>Maps the state of the database.</summary>
    public static RouteGroupBuilder MapDatabase(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/database").WithTags("Database").RequireAuthorization(Scopes.Admin);
        group.MapGet("", Read).WithName("GetDatabase")
            .WithSummary("The last reading: relations, chunks, jobs, rollups, outbox, connections, disk, lateness, and the alarms that hold. 503 before the first.");
        return group;
    }

    private static Results<Ok<DatabaseReport>, ProblemHttpResult> Read(DatabaseMonitor monitor) => monitor.Latest is { } report
        ? TypedResults.Ok(report)
        : TypedResults.Problem(
            monitor.Unread ?? "The database has not been read yet.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not read yet");
}
