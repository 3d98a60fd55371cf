using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>All endpoints of metering.</summary>
public static class MeteringEndpoints
{
    /// <summary>Maps them: reading needs the scope read, everything else admin.</summary>
    public static void MapMetering(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Metering").RequireAuthorization(Scopes.Read)
            .AddEndpointFilter(new HypertableFilter("No metering", "The original schema is not metered."))
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapUsers();
        group.MapUsageTotals();
        group.MapEstimates();
        group.MapStatements();
        group.MapRateCards();
        group.MapBudgets();
        group.MapPost("/v1/metering/run", RunAsync).WithName("Meter").RequireAuthorization(Scopes.Admin)
            .WithSummary("Computes now what is due: days, late samples, statements. 409 while another pass runs, or before the cutover of a move.");
    }

    private static async Task<Results<Ok<MeteringPass>, ProblemHttpResult>> RunAsync(
        MeteringPasses passes, DatabaseExecutor database, CancellationToken cancellationToken) =>
        await database.RunLongAsync(token => passes.RunAsync(null, token), cancellationToken) is { } pass
            ? TypedResults.Ok(pass)
            : TypedResults.Problem(
                "Another pass runs, or it cannot be told now up to when everything has been received.", statusCode: StatusCodes.Status409Conflict, title: "Not now");
}
