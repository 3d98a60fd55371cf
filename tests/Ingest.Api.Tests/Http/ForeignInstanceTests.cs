using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Ingest.Api.Tests.Protocols;
using Npgsql;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>A key writes only its own instances, whatever protocol it comes by.</summary>
public sealed class ForeignInstanceTests(ServedApi api) : IClassFixture<ServedApi>
{
    private static readonly DateTimeOffset At = TimeProvider.System.GetUtcNow();

    public static TheoryData<string> Protocols => [.. ProtocolRequest.Protocols];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("usage")]
    [InlineData("otlp-grpc")]
    [MemberData(nameof(Protocols))]
    public async Task A_foreign_instance_is_named_and_nothing_of_the_request_is_kept(string protocol)
    {
        var (user, other) = (await AddUserAsync(), await RegisterAsync("foreign", await AddUserAsync()));
        var own = await RegisterAsync("own", user);
        foreach (var key in new[] { await MakeKeyAsync(new { instance_id = own }), await MakeKeyAsync(new { user_id = user }) })
        {
            // Only /v1/usage is refused for a part of it: who sends series sends what there is.
            var beside = protocol == "usage" ? own : other;
            using var refused = await api.Client.SendAsync(Request(protocol, $"{beside}", $"{other}", key), Token);
            Assert.Contains(other.ToString(), await ReasonAsync(protocol, refused), StringComparison.Ordinal);
            Assert.Equal(0, await CountAsync(own, other));
        }
        using var taken = await api.Client.SendAsync(Request(protocol, $"{own}", $"{own}", await MakeKeyAsync(new { user_id = user })), Token);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync(own));
    }

    [Theory]
    [InlineData("otlp-grpc")]
    [MemberData(nameof(Protocols))]
    public async Task A_foreign_instance_costs_its_neighbour_nothing_and_is_as_one_of_nobody(string protocol)
    {
        var (user, other) = (await AddUserAsync(), await RegisterAsync("foreign", await AddUserAsync()));
        foreach (var isOfUser in new[] { true, false })
        {
            var own = await RegisterAsync("own", user);
            var key = isOfUser ? await MakeKeyAsync(new { user_id = user }) : await MakeKeyAsync(new { instance_id = own });
            using var taken = await api.Client.SendAsync(Request(protocol, $"{other}", $"{own}", key), Token);
            var (status, body) = (taken.StatusCode, await taken.Content.ReadAsStringAsync(Token));
            Assert.True(taken.IsSuccessStatusCode, body);
            Assert.Equal((1, 0), (await CountAsync(own), await CountAsync(other)));
            using var control = await api.Client.SendAsync(Request(protocol, $"{Guid.NewGuid()}", $"{own}", key), Token);
            Assert.Equal((control.StatusCode, await control.Content.ReadAsStringAsync(Token)), (status, body));
        }
    }

    [Theory]
    [InlineData("otlp-grpc")]
    [MemberData(nameof(Protocols))]
    public async Task An_instance_beyond_the_day_s_costs_its_neighbour_nothing(string protocol)
    {
        var (user, pod) = (await AddUserAsync(), Guid.NewGuid());
        var key = await MakeKeyAsync(new { user_id = user, registers_instances = true, new_instances_per_day = 1 });
        // The known one is registered by the first request, in which there is room for one.
        foreach (var (first, second) in new[] { ($"a-{pod}", $"a-{pod}"), ($"a-{pod}", $"b-{pod}"), ($"c-{pod}", $"b-{pod}") })
        {
            using var taken = await api.Client.SendAsync(Request(protocol, first, second, key), Token);
            Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Token));
        }
        await using var count = api.Database.DataSource.CreateCommand(
            "SELECT string_agg(DISTINCT left(name, 1), '') FROM instances i JOIN resource_usage ON instance_id = i.id WHERE user_id = $1");
        count.Parameters.Add(new NpgsqlParameter { Value = user });
        Assert.Equal("a", await count.ExecuteScalarAsync(Token));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ingest/unmapped");
        request.Headers.Authorization = new("Bearer", key);
        using var report = await api.Client.SendAsync(request, Token);
        Assert.Contains("\"instance_limit\"", await report.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("otlp-grpc")]
    [MemberData(nameof(Protocols))]
    public async Task A_key_of_one_instance_learns_nothing_of_others_by_their_names(string protocol)
    {
        var (name, unknown) = ($"victim-{Guid.NewGuid()}", $"nobody-{Guid.NewGuid()}");
        var (own, other) = (await RegisterAsync("own", await AddUserAsync()), await RegisterAsync(name, await AddUserAsync()));
        // Registered under the id that follows from its name, as agents register it.
        var derived = NameBasedGuid.Create(NameBasedGuid.Instances, $"derived-{name}");
        await RegisterAsync($"derived-{name}", await AddUserAsync(), derived);

        using var asked = await api.Client.SendAsync(Request(protocol, name, $"{own}", await MakeKeyAsync(new { instance_id = own })), Token);
        using var control = await api.Client.SendAsync(Request(protocol, unknown, $"{own}", await MakeKeyAsync(new { instance_id = own })), Token);
        Assert.Equal(await DescribeAsync(control), await DescribeAsync(asked));
        Assert.Equal((1, 0), (await CountAsync(own), await CountAsync(other, derived)));

        var registers = await MakeKeyAsync(new { instance_id = own, registers_instances = true });
        using var refused = await api.Client.SendAsync(Request(protocol, $"derived-{name}", $"derived-{name}", registers), Token);
        var reason = await ReasonAsync(protocol, refused);
        Assert.DoesNotContain(derived.ToString(), reason, StringComparison.Ordinal);
        Assert.Contains($"derived-{name}", reason, StringComparison.Ordinal);

        static async Task<string> DescribeAsync(HttpResponseMessage answer) =>
            $"{answer.StatusCode} {string.Join(',', answer.TrailingHeaders)} {await answer.Content.ReadAsStringAsync(Token)}";
    }

    [Fact]
    public async Task Reports_of_unmapped_series_are_their_owners_and_hide_values()
    {
        var (user, own) = (await AddUserAsync(), await RegisterAsync("own", await AddUserAsync()));
        var (ofUser, ofInstance) = (await MakeKeyAsync(new { user_id = user }), await MakeKeyAsync(new { instance_id = own }));
        var (another, platform) = (await MakeKeyAsync(new { user_id = await AddUserAsync() }), await MakeKeyAsync(new { }));
        foreach (var (key, series) in new[] { (ofUser, "of_user"), (ofInstance, "of_instance"), (platform, "of_platform") })
        {
            using var request = new ProtocolRequest("/write", "text/plain", Encoding.UTF8.GetBytes($"{series},host=x,password=hunter2 v=1\n")).ToMessage();
            request.Headers.Authorization = new("Bearer", key);
            (await api.Client.SendAsync(request, Token)).EnsureSuccessStatusCode();
        }

        Assert.Equal(["of_user.v"], await SeenAsync(ofUser));
        Assert.Equal(["of_instance.v"], await SeenAsync(ofInstance));
        Assert.Empty(await SeenAsync(another));
        Assert.Superset(new HashSet<string> { "of_user.v", "of_instance.v", "of_platform.v" }, (await SeenAsync(platform)).ToHashSet());

        async Task<string[]> SeenAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ingest/unmapped");
            request.Headers.Authorization = new("Bearer", key);
            var text = await (await api.Client.SendAsync(request, Token)).Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            var report = JsonDocument.Parse(text).RootElement;
            Assert.All(report.EnumerateArray().Where(entry => entry.GetProperty("reason").GetString() == "no_rule"), entry => Assert.True(entry.GetProperty("example").TryGetProperty("password", out _)));
            return [.. report.EnumerateArray().Select(entry => entry.GetProperty("series").GetString()!)];
        }
    }

    [Fact]
    public async Task A_name_means_the_instance_of_the_keys_own_user()
    {
        var (user, name) = (await AddUserAsync(), $"n8n-{Guid.NewGuid()}");
        var (own, other) = (await RegisterAsync(name, user), await RegisterAsync(name, await AddUserAsync()));
        using var request = ProtocolRequest.Of("influx", Sent.Memory(name, 1, At)).ToMessage();
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
        Assert.Empty(await RegisteredAsync());
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(daily, names[..1]));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(daily, names[..1]));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(daily, names));
        Assert.Equal(names[0], Assert.Single(await RegisteredAsync()));

        async Task<HttpStatusCode> SendAsync(string key, string[] containers)
        {
            using var request = ProtocolRequest.Of("influx", [.. containers.Select(name => Sent.Memory(name, 1, At))]).ToMessage();
            request.Headers.Authorization = new("Bearer", key);
            using var answer = await api.Client.SendAsync(request, Token);
            return answer.StatusCode;
        }

        Task<string[]> RegisteredAsync() => api.Database.DataSource.ScalarAsync<string[]>(
            "SELECT coalesce(array_agg(name), '{}') FROM instances i WHERE name = ANY($1) AND user_id = $2 AND EXISTS (SELECT FROM resource_usage WHERE instance_id = i.id)",
            names, user);
    }

    private HttpRequestMessage Request(string protocol, string first, string second, string key)
    {
        Sent[] values = [Sent.Memory(first, 1, At), Sent.Memory(second, 1, At)];
        var request = protocol switch
        {
            "usage" => new ProtocolRequest("/v1/usage", "application/json", Encoding.UTF8.GetBytes($"[{Sample(first)},{Sample(second)}]")).ToMessage(),
            "otlp-grpc" => ProtocolRequest.Grpc(api.GrpcAddress, ProtocolRequest.Of("otlp", values).Body),
            _ => ProtocolRequest.Of(protocol, values).Compressed().ToMessage(),
        };
        request.Headers.Authorization = new("Bearer", key);
        return request;
    }

    private static string Sample(string id) => $$"""{"instance_id":"{{id}}","timestamp":"{{At:O}}","memory_usage":1}""";

    private static async Task<string> ReasonAsync(string protocol, HttpResponseMessage refused)
    {
        if (protocol == "otlp-grpc")
        {
            Assert.Equal("7", refused.TrailingHeaders.GetValues("grpc-status").Single());
            // As it stands: nothing in it needs an escape.
            return refused.TrailingHeaders.GetValues("grpc-message").Single();
        }
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        return await refused.Content.ReadAsStringAsync(Token);
    }

    private async Task<string> MakeKeyAsync(object binding)
    {
        var body = JsonSerializer.SerializeToNode(binding)!.AsObject();
        body["name"] = "test";
        body["scopes"] = new System.Text.Json.Nodes.JsonArray("ingest");
        using var made = await api.Client.PostAsJsonAsync("/v1/keys", body, Token);
        return (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("key").GetString()!;
    }

    private async Task<Guid> RegisterAsync(string name, Guid user, Guid? derived = null)
    {
        var id = derived ?? Guid.NewGuid();
        using var answer = await api.Client.PutAsJsonAsync($"/v1/instances/{id}", new { name, user_id = user }, Token);
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private Task<Guid> AddUserAsync() => api.Database.DataSource.ScalarAsync<Guid>("INSERT INTO users DEFAULT VALUES RETURNING id");

    private Task<long> CountAsync(params Guid[] instances) =>
        api.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE instance_id = ANY($1)", instances);
}
