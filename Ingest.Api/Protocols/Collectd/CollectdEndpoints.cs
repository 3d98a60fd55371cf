using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Collectd;

/// <summary>collectd's write_http.</summary>
public static class CollectdEndpoints
{
    /// <summary>Maps <c>POST /collectd</c>.</summary>
    public static void MapCollectd(this IEndpointRouteBuilder routes) =>
        routes.MapProtocol("/collectd", WriteAsync, (_, failure) => new HttpErrorResult(failure.Status, failure.Message))
            .WithTags("collectd")
            .WithName("CollectdWrite")
            .WithSummary("collectd's write_http with Format \"JSON\" and StoreRates false.")
            .Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> WriteAsync(HttpContext http, SeriesIngest ingest)
    {
        using var batch = ingest.Open(http);
        using var body = await ProtocolBody.ReadAsync(http.Request, batch.Memory, http.RequestAborted);
        new CollectdReader(batch).Read(body.Memory);
        return ProtocolAnswer.Of(
            await ingest.WriteAsync(batch, http.RequestAborted), "values", (status, message) => new HttpErrorResult(status, message));
    }
}
