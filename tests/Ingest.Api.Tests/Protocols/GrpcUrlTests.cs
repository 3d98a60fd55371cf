using LaunchStack.Ingest.Api.Protocols.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public sealed class GrpcUrlTests
{
    [Theory]
    [InlineData("urls", "http://127.0.0.1:1;http://127.0.0.1:2", "http://127.0.0.1:1", "http://127.0.0.1:2")]
    [InlineData("http_ports", "8080", "http://*:8080", null)]
    [InlineData("http_ports", "8080;8081", "http://*:8080", "http://*:8081")]
    public void Addresses_and_ports_of_the_host_stay_beside_gRPC(string setting, string value, string first, string? second)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [setting] = value, [GrpcUrl.Setting] = "http://*:4317" });

        builder.AddGrpcUrl();

        Assert.Equal(
            (first, second, "http://*:4317", "Http2"),
            (At("Http0:Url"), At("Http1:Url"), At("Grpc:Url"), At("Grpc:Protocols")));

        string? At(string name) => builder.Configuration[$"Kestrel:Endpoints:{name}"];
    }
}
