using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Ingest.Api.Protocols.Collectd;
using LaunchStack.Ingest.Api.Protocols.Influx;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.Ingest.Api.Protocols.Prometheus;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>The protocols of other agents, over the one writer.</summary>
public static class ProtocolSetup
{
    /// <summary>Maps all of them.</summary>
    public static void MapProtocols(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").AddEndpointFilter<WorkFilter>();
        foreach (var protocol in Enum.GetValues<WireProtocol>())
            Endpoints(protocol)(group);
    }

    private static Action<IEndpointRouteBuilder> Endpoints(WireProtocol protocol) => protocol switch
    {
        WireProtocol.Influx => InfluxEndpoints.MapInflux,
        WireProtocol.Prometheus => RemoteWriteEndpoints.MapRemoteWrite,
        WireProtocol.Otlp => OtlpEndpoints.MapOtlp,
        WireProtocol.Collectd => CollectdEndpoints.MapCollectd,
    };

    /// <summary>Maps a protocol's <c>POST</c>: for keys that may ingest, with its refusals in the protocol's own form. What it answers to a good request it says itself.</summary>
    /// <param name="routes">Where.</param>
    /// <param name="path">The path that its clients know.</param>
    /// <param name="write">The handler.</param>
    /// <param name="failure">The answer to a request that is refused.</param>
    internal static RouteHandlerBuilder MapProtocol(
        this IEndpointRouteBuilder routes, string path, Delegate write, Func<HttpContext, RequestFailure, IResult> failure) =>
        routes.MapPost(path, write)
            .RequireAuthorization(Scopes.Ingest)
            .AddEndpointFilter(new ProtocolFailureFilter(failure))
            .WithMetadata(new FailureForm(failure))
            .Produces(StatusCodes.Status400BadRequest)
            .Produces(StatusCodes.Status401Unauthorized)
            .Produces(StatusCodes.Status413PayloadTooLarge)
            .Produces(StatusCodes.Status429TooManyRequests)
            .Produces(StatusCodes.Status503ServiceUnavailable);
}
