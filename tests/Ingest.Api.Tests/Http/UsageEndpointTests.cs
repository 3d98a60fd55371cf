using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LaunchStack.Ingest.Api.Tests.Bodies;

namespace LaunchStack.Ingest.Api.Tests.Http;

public sealed class UsageEndpointTests(ServedApi api) : IClassFixture<ServedApi>
{
    private static readonly string Now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Samples_are_accepted_once(string? encoding)
    {
        var instance = await RegisterAsync();
        var body = Encoding.UTF8.GetBytes($"[{Sample(instance)},{Sample(instance)},5]");
        var first = await PostAsync(Encoded.By(encoding, body), encoding: encoding);
        Assert.Equal("""{"accepted":1,"duplicates":1,"rejected":[{"index":2,"code":"not_an_object","detail":"A sample is a JSON object, not a number."}]}""", await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var second = await (await PostAsync(Encoded.By(encoding, body), encoding: encoding)).Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal((0, 2), (second.GetProperty("accepted").GetInt32(), second.GetProperty("duplicates").GetInt32()));
    }

    [Fact]
    public async Task Lines_are_taken_one_by_one()
    {
        var instance = await RegisterAsync();
        var answer = await PostAsync(Encoding.UTF8.GetBytes($"{Sample(instance)}\n{{\n"), "application/x-ndjson");
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal(1, json.GetProperty("accepted").GetInt32());
        Assert.Equal("malformed", json.GetProperty("rejected")[0].GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("[]", 400)]
    [InlineData("{", 400)]
    [InlineData("[{}]", 400)]
    [InlineData("[] []", 400)]
    public async Task Nothing_usable_is_a_400(string body, int status) =>
        await AssertProblemAsync(await PostAsync(Encoding.UTF8.GetBytes(body)), status);

    [Fact]
    public async Task Refusals_are_problems_of_their_own_kind()
    {
        var good = Encoding.UTF8.GetBytes(Sample(await RegisterAsync()));
        await AssertProblemAsync(await PostAsync(good, "text/plain"), 415);
        await AssertProblemAsync(await PostAsync(good, "application/json; charset=utf-16"), 415);
        await AssertProblemAsync(await PostAsync(good, encoding: "compress"), 415);
        await AssertProblemAsync(await PostAsync(good, encoding: "gzip"), 400);
        await AssertProblemAsync(await PostAsync(good, encoding: "br"), 400);
        // Also when the client sends all of it before it listens.
        await AssertProblemAsync(await PostAsync(new byte[100_001]), 413);
        await AssertProblemAsync(await PostAsync(new byte[50_000_000]), 413);
        await AssertProblemAsync(await PostAsync(Encoded.By("gzip", Encoding.UTF8.GetBytes(new string(' ', 50_000_000))), encoding: "gzip"), 413);
        await AssertProblemAsync(await PostAsync(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{}", 1001)) + "]")), 413);
        await AssertProblemAsync(await PostAsync(good, key: "wrong"), 401);
        await AssertProblemAsync(await PostAsync(good, key: ""), 401);
        await AssertProblemAsync(await api.Client.GetAsync(new Uri("/v1/usage", UriKind.Relative), TestContext.Current.CancellationToken), 405);
        await AssertProblemAsync(await api.Client.GetAsync(new Uri("/nowhere", UriKind.Relative), TestContext.Current.CancellationToken), 404);
    }

    [Fact]
    public async Task Half_an_encoded_body_keeps_nothing()
    {
        var instance = await RegisterAsync();
        foreach (var type in new[] { "application/json", "application/x-ndjson" })
        {
            foreach (var coding in Encoded.Names)
            {
                var body = Encoded.By(coding, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Sample(instance) + "\n", 100))));
                await AssertProblemAsync(await PostAsync(body[..^1], type, Encoded.Header(coding)), 400);
            }
        }
        Assert.Equal(0L, await api.Database.DataSource.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE instance_id = '{instance}'"));
    }

    [Fact]
    public async Task A_chunk_longer_than_any_number_is_a_400()
    {
        using var socket = new TcpClient("127.0.0.1", api.Client.BaseAddress!.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v1/usage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ServedApi.AdminKey}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n"),
            TestContext.Current.CancellationToken);
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 400", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public async Task Random_bytes_never_make_it_fail()
    {
        var random = new Random(11);
        foreach (var encoding in new[] { null, "gzip", "br", "identity" })
        {
            for (var i = 0; i < 30; i++)
            {
                var body = new byte[random.Next(300)];
                random.NextBytes(body);
                if (i % 3 == 0)
                    body = [.. Encoded.By(encoding, "[{\"a\":"u8.ToArray()), .. body];
                Assert.InRange((int)(await PostAsync(body, encoding: encoding)).StatusCode, 400, 499);
            }
        }
    }

    [Fact]
    public async Task A_registration_is_created_once()
    {
        var id = Guid.NewGuid();
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(id.ToString(), """{"name":"one"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(id.ToString(), """{"name":"one"}""")).StatusCode);
        await AssertProblemAsync(await PutAsync("nope", "{}"), 400);
        await AssertProblemAsync(await PutAsync(id.ToString(), "{\"name\":5}"), 400);
        await AssertProblemAsync(await PutAsync(id.ToString(), $$"""{"user_id":"{{Guid.NewGuid()}}"}"""), 422);
    }

    [Fact]
    public async Task A_registered_instance_has_been_heard_of_since_its_first_sample()
    {
        var instance = await RegisterAsync();
        Assert.False(await HeardOfAsync());
        (await PostAsync(Encoding.UTF8.GetBytes(Sample(instance)))).EnsureSuccessStatusCode();
        Assert.True(await HeardOfAsync());

        Task<bool> HeardOfAsync() => api.Database.DataSource.ScalarAsync<bool>($"SELECT last_seen_at IS NOT NULL FROM instances WHERE id = '{instance}'");
    }

    [Fact]
    public async Task Health_names_the_check_that_fails_and_why()
    {
        var answer = await api.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var checks = health.GetProperty("checks");
        Assert.Equal("""{"status":"Healthy"}""", checks.GetProperty("database").GetRawText());
        var bus = checks.GetProperty("masstransit-bus");
        Assert.Equal(bus.GetProperty("status").GetString(), health.GetProperty("status").GetString());
        Assert.NotEmpty(bus.GetProperty("reason").GetString()!);
        Assert.DoesNotContain("guest", health.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_writes_its_own_instance_until_it_is_revoked()
    {
        var (own, other) = (await RegisterAsync(), await RegisterAsync());
        var made = await api.Client.PostAsJsonAsync("/v1/keys", new { name = "test", scopes = new[] { "ingest" }, instance_id = own }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var json = await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var key = json.GetProperty("key").GetString();

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Encoding.UTF8.GetBytes(Sample(own)), key: key)).StatusCode);
        await AssertProblemAsync(await PostAsync(Encoding.UTF8.GetBytes($"[{Sample(own)},{Sample(other)}]"), key: key), 403);

        var id = json.GetProperty("details").GetProperty("id").GetGuid();
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync(new Uri($"/v1/keys/{id}", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        await AssertProblemAsync(await PostAsync(Encoding.UTF8.GetBytes(Sample(own)), key: key), 401);
        Assert.DoesNotContain(key!, await api.Client.GetStringAsync(new Uri("/v1/keys", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("sample_per_second")]
    [InlineData("expires")]
    public async Task A_key_s_misspelt_limit_is_refused_by_name(string member)
    {
        using var made = await api.Client.PostAsJsonAsync(
            "/v1/keys", new Dictionary<string, object> { ["name"] = "test", ["scopes"] = new[] { "ingest" }, [member] = 1 }, TestContext.Current.CancellationToken);
        Assert.Contains(member, await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await AssertProblemAsync(made, 400);
    }

    [Fact]
    public async Task An_instance_has_no_other_s_id_for_a_name()
    {
        var id = Guid.NewGuid();
        using var own = await PutAsync(id.ToString(), $$"""{"name":"{{id}}"}""");
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);
        await AssertProblemAsync(await PutAsync(id.ToString(), $$"""{"name":"{{Guid.NewGuid()}}"}"""), 400);
    }

    private static string Sample(Guid instance) => $$"""{"instance_id":"{{instance}}","timestamp":"{{Now}}","cpu_usage":12.5}""";

    private async Task<Guid> RegisterAsync()
    {
        var id = Guid.NewGuid();
        (await PutAsync(id.ToString(), "{}")).EnsureSuccessStatusCode();
        return id;
    }

    private Task<HttpResponseMessage> PutAsync(string id, string body) => api.Client.PutAsync(
        new Uri($"/v1/instances/{id}", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string type = "application/json", string? encoding = null, string? key = ServedApi.AdminKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/usage") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
            request.Content.Headers.ContentEncoding.Add(encoding);
        request.Headers.Authorization = new("Bearer", key);
        return await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }
}
