using LaunchStack.Auth;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Rollups;

/// <summary><c>POST /v1/rollups/refresh</c>.</summary>
public static class RollupEndpoints
{
    /// <summary>Maps the refresh on request. It is not needed for right answers: events and policies refresh by themselves.</summary>
    public static RouteGroupBuilder MapRollups(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/rollups").WithTags("Rollups").RequireAuthorization(Scopes.Admin);
        group.MapPost("/refresh", RefreshAsync).WithName("RefreshRollups")
            .WithSummary("Brings every rollup up to date wherever samples have changed; answers when it is done. 409 on the original schema.");
        return group;
    }

    private static async Task<Results<Ok<RollupRefresh>, ProblemHttpResult>> RefreshAsync(
        RollupRefresher refresher, DatabaseExecutor database, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        return await database.RunLongAsync(refresher.RefreshAllAsync, cancellationToken) is { } upTo
            ? TypedResults.Ok(new RollupRefresh([.. Rollup.All.Select(r => r.Name)], upTo, time.GetElapsedTime(started).TotalSeconds))
            : TypedResults.Problem(
                "The original schema has no rollups; its history is read from the samples.", statusCode: StatusCodes.Status409Conflict, title: "No rollups");
    }
}
