namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>The address of OTLP/gRPC: HTTP/2 without TLS cannot share one with HTTP/1.1.</summary>
public static class GrpcUrl
{
    /// <summary>Configuration key; absent, there is no such address.</summary>
    public const string Setting = "Ingest:GrpcUrl";

    /// <summary>Adds the address to those of the host.</summary>
    public static void AddGrpcUrl(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Configuration[Setting] is not { Length: > 0 } grpc)
            return;

        // Named endpoints take the place of the host's addresses, so these are named as well. .NET's images give ports alone.
        var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } given ? Split(given)
            : builder.Configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 } ports ? [.. Split(ports).Select(port => $"http://*:{port}")]
            : ["http://localhost:5000"];
        var endpoints = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Grpc:Url"] = grpc,
            ["Kestrel:Endpoints:Grpc:Protocols"] = "Http2",
        };
        for (var i = 0; i < urls.Length; i++)
            endpoints[$"Kestrel:Endpoints:Http{i}:Url"] = urls[i];
        builder.Configuration.AddInMemoryCollection(endpoints);
    }

    private static string[] Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
