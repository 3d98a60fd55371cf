using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Whatever refuses a request of a protocol, and wherever, says so in the body that the protocol's clients read.</summary>
public class ProtocolFailureTests
{
    private const string Protobuf = "application/x-protobuf";

    private static readonly (int Status, int Grpc, string Influx)[] Codes =
    [
        (401, 16, "unauthorized"), (403, 7, "forbidden"), (404, 12, "not found"), (405, 12, "method not allowed"), (413, 8, "request too large"),
        (429, 14, "too many requests"), (500, 13, "internal error"), (503, 14, "unavailable"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Protocols => [.. ProtocolRequest.Protocols];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Every_refusal_over_http_has_the_protocols_own_body(string protocol)
    {
        await using var host = await ProtocolHost.StartAsync(("Ingest:Bodies:MaxBytes", "10000"));
        host.Names["n8n"] = Guid.NewGuid();
        var request = ProtocolRequest.Of(protocol, Sent.Memory("n8n", 1, TimeProvider.System.GetUtcNow())).Compressed();
        Task<string> OfAsync(int status) => RefusedAsync(host, request, request.ToMessage(), status);

        var path = request.Path.Split('?')[0];
        var below = request.ToMessage();
        below.RequestUri = new(path + "/below", UriKind.Relative);
        Assert.Contains(path + "/below", await RefusedAsync(host, request, below, 404), StringComparison.Ordinal);
        var other = request.ToMessage();
        other.Method = HttpMethod.Put;
        Assert.Contains("PUT", await RefusedAsync(host, request, other, 405), StringComparison.Ordinal);
        Assert.Contains("MaxBytes", await RefusedAsync(host, request, (request with { Body = new byte[20_000] }).ToMessage(), 413), StringComparison.Ordinal);
        host.Writer.Fault = new TooManyRequestsException("too many", TimeSpan.FromSeconds(1));
        Assert.Equal("too many", await OfAsync(429));
        host.Writer.Fault = new DatabaseUnavailableException("away", TimeSpan.FromSeconds(1));
        Assert.Equal("away", await OfAsync(503));
        host.Writer.Fault = new InvalidOperationException("a secret of ours");
        Assert.DoesNotContain("secret", await OfAsync(500), StringComparison.Ordinal);

        host.Client.DefaultRequestHeaders.Authorization = await ReadKeyAsync(host);
        Assert.Contains("scope ingest", await OfAsync(403), StringComparison.Ordinal);
        host.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Contains("Authorization: Bearer", await OfAsync(401), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_refusal_of_grpc_is_a_status_of_its_own()
    {
        await using var host = await ProtocolHost.StartAsync();
        host.Names["n8n"] = Guid.NewGuid();
        var message = ProtocolRequest.Of("otlp", Sent.Memory("n8n", 1, TimeProvider.System.GetUtcNow())).Body;
        host.Writer.Fault = new InvalidOperationException("a secret of ours");
        Assert.Equal("13", await host.ExportByGrpcAsync(message));
        host.Client.DefaultRequestHeaders.Authorization = await ReadKeyAsync(host);
        Assert.Equal("7", await host.ExportByGrpcAsync(message));
        host.Client.DefaultRequestHeaders.Authorization = null;
        using var request = ProtocolRequest.Grpc(new Uri(host.GrpcUrl), message);
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal(
            (HttpStatusCode.OK, "application/grpc", "16"),
            (response.StatusCode, response.Content.Headers.ContentType!.MediaType, response.TrailingHeaders.GetValues("grpc-status").Single()));
        Assert.Contains("Authorization: Bearer", response.TrailingHeaders.GetValues("grpc-message").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/query?q=SHOW%20DATABASES", 401)]
    [InlineData("PUT", "/query", 405)]
    [InlineData("POST", "/ping", 405)]
    public async Task What_clients_of_InfluxDB_ask_besides_is_refused_likewise(string method, string path, int status)
    {
        await using var host = await ProtocolHost.StartAsync();
        host.Client.DefaultRequestHeaders.Authorization = null;
        using var response = await host.Client.SendAsync(new(new(method), path), Token);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("error").GetString()!);
    }

    private static async Task<AuthenticationHeaderValue> ReadKeyAsync(ProtocolHost host)
    {
        var (key, _) = await host.Services.GetRequiredService<KeyStore>().MakeAsync(new("reader", [Scopes.Read], null, null, null, null, null, null, null), Token);
        return new("Bearer", key);
    }

    // The reason, out of the body that the protocol wants.
    private static async Task<string> RefusedAsync(ProtocolHost host, ProtocolRequest request, HttpRequestMessage message, int status)
    {
        using var response = await host.Client.SendAsync(message, Token);
        Assert.Equal(status, (int)response.StatusCode);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        var code = Codes.Single(one => one.Status == status);
        var type = response.Content.Headers.ContentType!.MediaType;
        if (request is { Path: "/v1/metrics", Type: Protobuf })
        {
            Assert.Equal(Protobuf, type);
            return Status(body, code.Grpc);
        }
        if (request.Path == "/api/v1/write")
        {
            Assert.Equal("text/plain", type);
            return Encoding.UTF8.GetString(body);
        }
        Assert.Equal("application/json", type);
        var json = JsonDocument.Parse(body).RootElement;
        if (request.Path == "/v1/metrics")
            Assert.Equal(code.Grpc, json.GetProperty("code").GetInt32());
        else if (request.Path.StartsWith("/api/v2", StringComparison.Ordinal))
            Assert.Equal(code.Influx, json.GetProperty("code").GetString());
        return json.GetProperty(json.TryGetProperty("code", out _) ? "message" : "error").GetString()!;
    }

    // google.rpc.Status
    private static string Status(byte[] body, int code)
    {
        var status = new CodedInputStream(body);
        Assert.Equal((8u, code, 18u), (status.ReadTag(), status.ReadInt32(), status.ReadTag()));
        return status.ReadString();
    }
}
