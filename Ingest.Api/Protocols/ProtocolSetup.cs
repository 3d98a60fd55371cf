using LaunchStack.Ingest.Api.Protocols.Collectd;
using LaunchStack.Ingest.Api.Protocols.Influx;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.Ingest.Api.Protocols.Prometheus;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>The protocols of other agents, over the one writer.</summary>
public static class ProtocolSetup
{
    /// <summary>Maps all of them.</summary>
    public static void MapProtocols(this IEndpointRouteBuilder routes)
    {
        routes.MapInflux();
        routes.MapRemoteWrite();
        routes.MapOtlp();
        routes.MapCollectd();
    }
}
