using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Usage;

/// <summary>The newest sample and the history of an instance.</summary>
public static class UsageEndpoints
{
    /// <summary>Maps <c>/v1/instances/{id}/stats</c> and <c>/v1/instances/{id}/stats/history</c>.</summary>
    public static RouteGroupBuilder MapUsage(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/instances/{id}/stats").WithTags("Usage").RequireAuthorization(Scopes.Read);
        group.MapGet("", LatestAsync).WithName("LatestUsage").WithSummary("The newest sample.");
        group.MapGet("/history", HistoryAsync).WithName("UsageHistory").WithSummary(
            "Buckets that hold samples, oldest first. Query: period (10m, 1h, 7d, ...) or from and to (RFC 3339), points (1-2000, default 100).");
        return group;
    }

    private static async Task<Results<Ok<LatestUsage>, ProblemHttpResult>> LatestAsync(
        string id, UsageReader reader, Viewer viewer, CancellationToken cancellationToken)
    {
        var instance = Parameters.Id(id, "the instance's id");
        await viewer.RequireAsync(null, instance, reader, cancellationToken);
        if (await reader.LatestAsync(instance, cancellationToken) is { } sample)
            return TypedResults.Ok(LatestUsage.Of(sample));
        return await reader.ExistsAsync(instance, cancellationToken)
            ? TypedResults.Problem($"Instance {instance} has sent no sample yet.", statusCode: StatusCodes.Status404NotFound, title: "No sample yet")
            : Unknown(instance);
    }

    private static async Task<Results<Ok<IReadOnlyList<UsageBucket>>, ProblemHttpResult>> HistoryAsync(
        string id, string? period, string? from, string? to, string? points,
        UsageReader reader, Viewer viewer, TimeProvider time, CancellationToken cancellationToken)
    {
        var instance = Parameters.Id(id, "the instance's id");
        await viewer.RequireAsync(null, instance, reader, cancellationToken);
        var range = HistoryRange.Parse(period, from, to, points, time.GetUtcNow());
        var history = await reader.HistoryAsync(new(instance, range.From, range.To, range.Points), cancellationToken);
        return history.Count > 0 || await reader.ExistsAsync(instance, cancellationToken) ? TypedResults.Ok(history) : Unknown(instance);
    }

    private static ProblemHttpResult Unknown(Guid instance) => TypedResults.Problem(
        $"There is no instance {instance}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown instance");
}
