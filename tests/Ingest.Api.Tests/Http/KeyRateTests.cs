using System.Net;
using System.Text;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Tests.Bodies;
using LaunchStack.Ingest.Api.Tests.Protocols;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>Few bytes that make much work, and no sample: the next request of their key has to wait.</summary>
public sealed class KeyRateTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    // Of a key of one sample a second, one at once: 4 MiB of work.
    private const int Allowed = 4 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Paths =>
        [.. ProtocolRequest.Protocols.Select(protocol => ProtocolRequest.Of(protocol)).Select(request => $"{request.Path} {request.Type}").Append("/v1/usage application/json").Append("grpc")];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task What_a_body_decodes_to_costs_its_key_whatever_becomes_of_it(string path)
    {
        using var client = await ClientAsync();
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await SendAsync(client, path, Encoded.By("gzip", Blank(Allowed / 2))));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await SendAsync(client, path, Encoded.By("gzip", Blank(2 * Allowed))));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(client, path, []));
    }

    [Fact]
    public async Task Labels_that_are_looked_at_again_and_again_cost_their_key()
    {
        using var client = await ClientAsync();
        var line = $"m,t={new string('x', 50_000)} {string.Join(',', Enumerable.Repeat("f=1", 100))}";
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(client, "/write text/plain", Encoded.By("gzip", Encoding.UTF8.GetBytes(line))));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(client, "/write text/plain", []));
    }

    [Fact]
    public async Task Samples_that_are_rejected_cost_as_others_do()
    {
        using var client = await ClientAsync();
        var sample = Encoded.By("gzip", "[{}]"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(client, "/v1/usage application/json", sample));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(client, "/v1/usage application/json", sample));
    }

    private static byte[] Blank(int length) => [.. Enumerable.Repeat((byte)' ', length)];

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string path, byte[] body)
    {
        using var request = path == "grpc"
            ? ProtocolRequest.Grpc(new("http://localhost"), body, "gzip")
            : new ProtocolRequest(path.Split(' ', 2)[0], path.Split(' ', 2)[1], body, "gzip").ToMessage();
        using var answer = await client.SendAsync(request, Token);
        await answer.Content.LoadIntoBufferAsync(Token);
        return answer.TrailingHeaders.TryGetValues("grpc-message", out var message) && message.Single().Contains("samples_per_second", StringComparison.Ordinal)
            ? HttpStatusCode.TooManyRequests : answer.StatusCode;
    }

    private async Task<HttpClient> ClientAsync()
    {
        var (key, _) = await tenants.Services.GetRequiredService<KeyStore>().MakeAsync(new("test", [Scopes.Ingest], null, null, null, 1, 1, null, null), Token);
        var client = tenants.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }
}
