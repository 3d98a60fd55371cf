using System.Net;
using System.Text;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Tests.Protocols;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>
/// Two tenants: whatever one's key asks or sends, by whichever endpoint, it hears nothing of the other, not even whether there is such a
/// one; but that an id is another user's is said, by 403.
/// </summary>
public sealed class TenantTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    // A sample of its own in each request, or the second would be a duplicate.
    private DateTimeOffset _at = TimeProvider.System.GetUtcNow().AddMinutes(-1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_endpoint_tells_a_bound_key_of_another_tenant(bool ofUser)
    {
        using var client = await ClientAsync(ofUser);
        var told = new List<string>();
        var asked = 0;
        foreach (var (method, path, protocol) in Requests())
        {
            // In the address, beside a sample of one's own; and in the body, by id and by name.
            foreach (var (inPath, inBody) in new[] { ("{id}", $"{tenants.Own}"), ($"{tenants.Own}", "{id}"), ($"{tenants.Own}", "{name}") })
            {
                if (inPath != "{id}" && protocol is null)
                    continue;
                var nothing = await SendAsync(client, method, path, protocol, inPath, inBody, Guid.NewGuid(), $"nobody-{Guid.NewGuid()}");
                var answer = await SendAsync(client, method, path, protocol, inPath, inBody, tenants.Other, TwoTenants.Secret);
                Assert.InRange((int)answer.Status, 200, 499);
                var isRefused = ofUser && inBody == "{id}" && answer.Body.Contains("The key may not write instance", StringComparison.Ordinal);
                if (isRefused ? answer.Body.Contains(TwoTenants.Secret, StringComparison.Ordinal) : answer != nothing)
                    told.Add($"{method} {path} {protocol} {inPath} {inBody}: {answer}, of nobody: {nothing}");
                asked++;
            }
        }
        Assert.True(told.Count == 0, string.Join('\n', told));
        Assert.True(asked > 30);
        Assert.Equal(0, await tenants.CountAsync(tenants.Other));
    }

    [Fact]
    public async Task Own_samples_are_taken_by_the_same_requests()
    {
        using var client = await ClientAsync(ofUser: true);
        // So that the test above does not pass because nothing would be taken from anybody.
        foreach (var (method, path, protocol) in Requests().Where(request => request.Protocol is not null && !request.Path.Contains('=', StringComparison.Ordinal)))
        {
            var (status, body) = await SendAsync(client, method, path, protocol, "", $"{tenants.Own}", tenants.Own, "own-shop");
            Assert.True((int)status is 200 or 204, $"{method} {path} {protocol}: {status} {body}");
        }
        Assert.True(await tenants.CountAsync(tenants.Own) >= 1);
    }

    [Fact]
    public void Every_endpoint_that_a_bound_key_may_use_is_swept_with_a_body_of_its_own() =>
        // Add a protocol's request to ProtocolRequest before you add to this list.
        Assert.Equal(
            [
                "GET /query", "GET /v1/ingest/unmapped", "POST /api/v1/write", "POST /api/v2/write", "POST /collectd", "POST /opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                "POST /query", "POST /v1/metrics", "POST /v1/usage", "POST /write",
            ],
            Endpoints().Where(e => e.Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>() is { Count: > 0 } needed && needed.All(data => data.Policy != Scopes.Admin))
                .Select(e => $"{e.Method} {e.Endpoint.RoutePattern.RawText!.TrimEnd('/')}").Order(StringComparer.Ordinal));

    private IEnumerable<(HttpMethod Method, RouteEndpoint Endpoint)> Endpoints() =>
        from endpoint in tenants.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.RoutePattern.RawText!.StartsWith('/')
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        select (new HttpMethod(method), endpoint);

    /// <summary>Every endpoint there is, in each protocol that it speaks, without a parameter and with each that it knows.</summary>
    private IEnumerable<(HttpMethod Method, string Path, string? Protocol)> Requests()
    {
        foreach (var (method, endpoint) in Endpoints())
        {
            var path = endpoint.RoutePattern.RawText!.TrimEnd('/');
            IEnumerable<string?> protocols = path == "/v1/usage" && method == HttpMethod.Post ? ["usage"]
                : path.StartsWith("/opentelemetry", StringComparison.Ordinal) ? ["otlp-grpc"]
                : ProtocolRequest.Protocols.Where(protocol => ProtocolRequest.Of(protocol).Path.Split('?')[0] == path);
            foreach (var protocol in protocols.DefaultIfEmpty())
            {
                yield return (method, path, protocol);
                foreach (var parameter in endpoint.Metadata.GetMetadata<KnownParameters>()?.Names ?? [])
                    yield return (method, $"{path}?{parameter}={{id}}", protocol);
            }
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpClient client, HttpMethod method, string path, string? protocol, string inPath, string inBody, Guid id, string name)
    {
        using var request = Message(protocol, Fill(inBody)) ?? new HttpRequestMessage { Content = method == HttpMethod.Get ? null : new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Method = method;
        var own = request.RequestUri?.OriginalString.Split('?') is [_, var query] && !path.Contains(query.Split('=')[0], StringComparison.Ordinal) ? query : "";
        request.RequestUri = new($"{TenantRequests.Fill(path, Fill(inPath))}{(own.Length == 0 ? "" : path.Contains('?', StringComparison.Ordinal) ? $"&{own}" : $"?{own}")}", UriKind.Relative);
        using var answer = await client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token) + string.Join(' ', answer.TrailingHeaders.Select(header => Uri.UnescapeDataString($"{header.Key}={string.Join(',', header.Value)}")));
        // What differs by itself: the trace, and what was asked for, which is told back.
        return (answer.StatusCode, TenantRequests.WithoutTrace(text.Replace($"{id}", "<asked>", StringComparison.Ordinal).Replace(name, "<asked>", StringComparison.Ordinal)));

        string Fill(string text) => text.Replace("{id}", $"{id}", StringComparison.Ordinal).Replace("{name}", name, StringComparison.Ordinal);
    }

    private HttpRequestMessage? Message(string? protocol, string instance) => protocol switch
    {
        null => null,
        "usage" => new ProtocolRequest("/v1/usage", "application/json", Encoding.UTF8.GetBytes($$"""[{"instance_id":"{{instance}}","timestamp":"{{Next():O}}","memory_usage":1}]""")).ToMessage(),
        "otlp-grpc" => ProtocolRequest.Grpc(new("http://localhost"), ProtocolRequest.Of("otlp", Sent.Memory(instance, 1, Next())).Body),
        _ => ProtocolRequest.Of(protocol, Sent.Memory(instance, 1, Next())).Compressed().ToMessage(),
    };

    private DateTimeOffset Next() => _at = _at.AddMilliseconds(1);

    private Task<HttpClient> ClientAsync(bool ofUser) => tenants.CreateClient().WithBoundKeyAsync(
        tenants.Services.GetRequiredService<KeyStore>(), ofUser ? tenants.User : null, ofUser ? null : tenants.Own, Token);
}
