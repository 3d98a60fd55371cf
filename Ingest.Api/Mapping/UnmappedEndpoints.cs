using LaunchStack.Auth;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What agents send and no column takes.</summary>
public static class UnmappedEndpoints
{
    /// <summary>Maps <c>GET /v1/ingest/unmapped</c>.</summary>
    public static void MapUnmapped(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/ingest/unmapped", Get)
            .WithTags("Ingest")
            .WithName("GetUnmapped")
            .WithSummary("Series whose values reached no column since this process started, by reason, the most frequent first.")
            .RequireAuthorization(Scopes.Ingest);

    private static Ok<IReadOnlyList<UnmappedReport>> Get(HttpContext http, UnmappedSeries unmapped) =>
        TypedResults.Ok(unmapped.Report(SeriesOwner.Of(http)));
}
