using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LaunchStack.Ingest.Api.Tests.Protocols;
using Npgsql;
using Snappier;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>A key writes only its own instances, whatever protocol it comes by.</summary>
public sealed class ForeignInstanceTests(ServedApi api) : IClassFixture<ServedApi>
{
    private const string GrpcPath = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    private static readonly long Seconds = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("usage")]
    [InlineData("influx")]
    [InlineData("remote-write-1")]
    [InlineData("remote-write-2")]
    [InlineData("otlp")]
    [InlineData("otlp-grpc")]
    [InlineData("collectd")]
    public async Task A_foreign_instance_is_named_and_nothing_of_the_request_is_kept(string protocol)
    {
        var (user, other) = (await AddUserAsync(), await RegisterAsync("foreign", await AddUserAsync()));
        var own = await RegisterAsync("own", user);
        foreach (var key in new[] { await MakeKeyAsync(new { instance_id = own }), await MakeKeyAsync(new { user_id = user }) })
        {
            using var refused = await api.Client.SendAsync(Request(protocol, own, other, key), Token);
            var reason = await refused.Content.ReadAsStringAsync(Token);
            if (protocol == "otlp-grpc")
            {
                Assert.Equal("7", refused.TrailingHeaders.GetValues("grpc-status").Single());
                reason = refused.TrailingHeaders.GetValues("grpc-message").Single();
            }
            else
            {
                Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            }
            Assert.Contains(other.ToString(), reason, StringComparison.Ordinal);
            Assert.Equal(0, await CountAsync(own, other));
        }
        using var taken = await api.Client.SendAsync(Request(protocol, own, own, await MakeKeyAsync(new { user_id = user })), Token);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync(own));
    }

    [Fact]
    public async Task A_name_means_the_instance_of_the_keys_own_user()
    {
        var (user, name) = (await AddUserAsync(), $"n8n-{Guid.NewGuid()}");
        var (own, other) = (await RegisterAsync(name, user), await RegisterAsync(name, await AddUserAsync()));
        using var request = Influx($"docker_container_mem,container_name={name} usage=1i {Seconds}\n");
        request.Headers.Authorization = new("Bearer", await MakeKeyAsync(new { user_id = user }));
        using var answer = await api.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal((1, 0), (await CountAsync(own), await CountAsync(other)));
    }

    [Fact]
    public async Task A_name_is_registered_after_the_keys_checks_and_counts_for_its_day()
    {
        var (user, own) = (await AddUserAsync(), await RegisterAsync("own", await AddUserAsync()));
        string[] names = [$"n8n-{Guid.NewGuid()}", $"n8n-{Guid.NewGuid()}"];
        var bound = await MakeKeyAsync(new { instance_id = own, registers_instances = true });
        var daily = await MakeKeyAsync(new { user_id = user, registers_instances = true, new_instances_per_day = 1 });

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(bound, names[..1]));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(daily, names));
        Assert.Empty(await RegisteredAsync());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(daily, names[..1]));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(daily, names[..1]));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(daily, names));
        Assert.Equal(names[0], Assert.Single(await RegisteredAsync()));

        async Task<HttpStatusCode> SendAsync(string key, string[] containers)
        {
            using var request = Influx(string.Concat(containers.Select(name => $"docker_container_mem,container_name={name} usage=1i {Seconds}\n")));
            request.Headers.Authorization = new("Bearer", key);
            using var answer = await api.Client.SendAsync(request, Token);
            return answer.StatusCode;
        }

        async Task<string[]> RegisteredAsync()
        {
            await using var command = api.Database.DataSource.CreateCommand(
                "SELECT coalesce(array_agg(name), '{}') FROM instances i WHERE name = ANY($1) AND user_id = $2 AND EXISTS (SELECT FROM resource_usage WHERE instance_id = i.id)");
            command.Parameters.Add(new NpgsqlParameter { Value = names });
            command.Parameters.Add(new NpgsqlParameter { Value = user });
            return (string[])(await command.ExecuteScalarAsync(Token))!;
        }
    }

    private HttpRequestMessage Request(string protocol, Guid first, Guid second, string key)
    {
        var request = protocol switch
        {
            "usage" => Post("/v1/usage", Encoding.UTF8.GetBytes($"[{Sample(first)},{Sample(second)}]"), "application/json"),
            "influx" => Influx(string.Concat(((Guid[])[first, second]).Select(id => $"docker_container_mem,container_name={id} usage=1i {Seconds}\n"))),
            "remote-write-1" => RemoteWrite(Version1(Series(first), Series(second)), ""),
            "remote-write-2" => RemoteWrite(Version2(Series(first), Series(second)), ";proto=io.prometheus.write.v2.Request"),
            "otlp" => Post("/v1/metrics", Otlp(first, second), "application/x-protobuf"),
            "otlp-grpc" => Grpc(Otlp(first, second)),
            _ => Post("/collectd", Encoding.UTF8.GetBytes($"[{ValueList(first)},{ValueList(second)}]"), "application/json"),
        };
        request.Headers.Authorization = new("Bearer", key);
        return request;
    }

    private static string Sample(Guid id) =>
        $$"""{"instance_id":"{{id}}","timestamp":"{{DateTimeOffset.FromUnixTimeSeconds(Seconds):O}}","memory_usage":1}""";

    private static ((string, string)[], (double, long)[]) Series(Guid id) =>
        (Labels("container_memory_working_set_bytes", ("instance_id", id.ToString())), [(1, Seconds * 1000)]);

    // Two requests in one: protobuf adds the lists of messages that follow each other.
    private static byte[] Otlp(params Guid[] ids) => [.. ids.SelectMany(id => OtlpBodies.Request(
        [("container.name", id.ToString())], OtlpBodies.Gauge("container.memory.usage", (1, Seconds * 1_000_000_000, []))))];

    private static string ValueList(Guid id) =>
        $$"""{"values":[1],"dstypes":["gauge"],"dsnames":["value"],"time":{{Seconds}},"interval":10,"host":"{{id}}","plugin":"memory","plugin_instance":"","type":"memory","type_instance":"used"}""";

    private static HttpRequestMessage Influx(string lines) => Post("/write?precision=s", Encoding.UTF8.GetBytes(lines), "text/plain");

    private static HttpRequestMessage RemoteWrite(byte[] body, string version)
    {
        var request = Post("/api/v1/write", Snappy.CompressToArray(body), "application/x-protobuf" + version);
        request.Content!.Headers.ContentEncoding.Add("snappy");
        return request;
    }

    private HttpRequestMessage Grpc(byte[] message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        var request = Post(new Uri(api.GrpcAddress, GrpcPath).ToString(), frame, "application/grpc");
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        return request;
    }

    private static HttpRequestMessage Post(string path, byte[] body, string type)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        return request;
    }

    private async Task<string> MakeKeyAsync(object binding)
    {
        var body = JsonSerializer.SerializeToNode(binding)!.AsObject();
        body["name"] = "test";
        body["scopes"] = new System.Text.Json.Nodes.JsonArray("ingest");
        using var made = await api.Client.PostAsJsonAsync("/v1/keys", body, Token);
        return (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("key").GetString()!;
    }

    private async Task<Guid> RegisterAsync(string name, Guid user)
    {
        var id = Guid.NewGuid();
        using var answer = await api.Client.PutAsJsonAsync($"/v1/instances/{id}", new { name, user_id = user }, Token);
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private async Task<Guid> AddUserAsync()
    {
        await using var command = api.Database.DataSource.CreateCommand("INSERT INTO users DEFAULT VALUES RETURNING id");
        return (Guid)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<long> CountAsync(params Guid[] instances)
    {
        await using var command = api.Database.DataSource.CreateCommand("SELECT count(*) FROM resource_usage WHERE instance_id = ANY($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = instances });
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
