using System.Text.Json.Nodes;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Collectd;

/// <summary>collectd's write_http.</summary>
public static class CollectdEndpoints
{
    /// <summary>Maps <c>POST /collectd</c>.</summary>
    public static void MapCollectd(this IEndpointRouteBuilder routes) =>
        routes.MapProtocol("/collectd", WriteAsync, (_, failure) => Error(failure.Status, failure.Message))
            .WithTags("collectd")
            .WithName("CollectdWrite")
            .WithSummary("collectd's write_http with Format \"JSON\" and StoreRates false.")
            .Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> WriteAsync(HttpContext http, SeriesIngest ingest)
    {
        using var batch = ingest.Rent(http);
        using var body = await ProtocolBody.ReadAsync(http.Request, batch.Memory, http.RequestAborted);
        new CollectdReader(batch).Read(body.Memory);
        var outcome = await ingest.WriteAsync(batch, http.RequestAborted);
        return outcome.Refused == 0
            ? TypedResults.NoContent()
            : Error(
                StatusCodes.Status400BadRequest,
                $"{outcome.Refused} values were not kept: {string.Join(' ', outcome.Reasons())}");
    }

    private static HttpErrorResult Error(int status, string message) => new(status, new JsonObject { ["error"] = message });
}
