using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Tests.Support;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>What the running service says to requests that nothing has to be metered for.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class MeteringRequestTests(AggregatorFixture fixture) : IAsyncLifetime
{
    private readonly (Guid User, Guid Instance) _own = (Guid.NewGuid(), Guid.NewGuid());
    private readonly AggregatorApp _app = fixture.App;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _app.Database.DataSource.RunAsync(
        $"INSERT INTO users (id) VALUES ('{_own.User}'); INSERT INTO instances (id, name, user_id) VALUES ('{_own.Instance}', 'one', '{_own.User}')");

    public ValueTask DisposeAsync() => default;

    [Theory]
    [InlineData("/v1/users/x/usage", "id")]
    [InlineData("/v1/users/{user}/usage?from=1-2", "from")]
    [InlineData("/v1/users/{user}/usage?from=0001-01-01", "from")]
    [InlineData("/v1/users/{user}/usage?to=2026-11-01T10:00:00Z", "to")]
    [InlineData("/v1/users/{user}/usage?from=2026-11-02&to=2026-11-02", "from")]
    [InlineData("/v1/users/{user}/usage?from=2020-01-01&to=2026-11-02", "from")]
    [InlineData("/v1/users/{user}/usage?by=hour", "by")]
    [InlineData("/v1/users/{user}/usage?form=2026-11-01", "form")]
    [InlineData("/v1/users/{user}/usage?by=day&by=day", "by")]
    [InlineData("/v1/users/{user}/usage/estimate?month=2026-11", "month")]
    [InlineData("/v1/instances/{instance}/usage?by=instance", "by")]
    [InlineData("/v1/statements?user=x", "user")]
    [InlineData("/v1/statements?month=2026-13", "month")]
    [InlineData("/v1/statements?limit=0", "limit")]
    [InlineData("/v1/statements?after=x", "after")]
    [InlineData("/v1/statements/x", "id")]
    [InlineData("/v1/statements/11111111-1111-1111-1111-111111111111?format=pdf", "format")]
    [InlineData("/v1/rate-cards/x", "version")]
    [InlineData("/v1/users/x/budget", "id")]
    public async Task A_wrong_or_unknown_parameter_is_named(string path, string parameter)
    {
        using var answer = await _app.Client.GetAsync(path.Replace("{user}", $"{_own.User}", StringComparison.Ordinal).Replace("{instance}", $"{_own.Instance}", StringComparison.Ordinal), Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(parameter, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("parameter").GetString());
    }

    [Theory]
    [InlineData("""{"currency":"EUR","items":[{"measure":"cpu","unit":"core-hour","price":1}]}""", "valid_from")]
    [InlineData("""{"valid_from":"2026-12-02","currency":"EUR","items":[{"measure":"cpu","unit":"core-hour","price":1}]}""", "valid_from")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"euro","items":[{"measure":"cpu","unit":"core-hour","price":1}]}""", "currency")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","decimals":5,"items":[{"measure":"cpu","unit":"core-hour","price":1}]}""", "decimals")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[]}""", "items")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[null]}""", "items[0].measure")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[{"measure":"cpu","unit":"GB","price":1}]}""", "items[0].unit")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[{"measure":"cpu","unit":"core-hour","price":-1}]}""", "items[0].price")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[{"measure":"disk","unit":"GiB-hour","price":1,"free":-1}]}""", "items[0].free")]
    [InlineData("""{"valid_from":"2026-12-01","currency":"EUR","items":[{"measure":"cpu","unit":"core-hour","price":1},{"measure":"cpu","unit":"core-hour","price":1}]}""", "items[1].measure")]
    public async Task A_rate_card_that_cannot_be_meant_is_refused_by_its_member(string body, string parameter)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _app.Client.PostAsync("/v1/rate-cards", content, Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(parameter, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task A_body_that_does_not_read_is_a_400_and_budgets_come_and_go()
    {
        foreach (var body in new[] { "", "null", "[", "7", """{"amount":"5"}""", """{"sum":5}""", """{"amount":0}""", """{"amount":null}""" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await _app.Client.PutAsync($"/v1/users/{_own.User}/budget", content, Token);
            Assert.Equal((body, HttpStatusCode.BadRequest), (body, answer.StatusCode));
            // In words for who sends it.
            Assert.DoesNotContain("Implicit", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_app.Client, $"/v1/users/{_own.User}/budget"));
        Assert.Equal(HttpStatusCode.OK, (await _app.Client.PutAsJsonAsync($"/v1/users/{_own.User}/budget", new { amount = 12.50m }, Token)).StatusCode);
        Assert.Equal(12.50m, (await JsonAsync(_app.Client, $"/v1/users/{_own.User}/budget")).GetProperty("amount").GetDecimal());
        Assert.Equal(HttpStatusCode.NoContent, (await _app.Client.DeleteAsync($"/v1/users/{_own.User}/budget", Token)).StatusCode);
    }

    [Fact]
    public async Task Every_endpoint_is_described_with_its_answers()
    {
        var paths = (await JsonAsync(_app.Client, "/openapi/v1.json")).GetProperty("paths");
        foreach (var (path, method, schema) in new[]
        {
            ("/v1/users/{id}/usage", "get", "UserUsage"), ("/v1/users/{id}/usage/estimate", "get", "UserEstimate"), ("/v1/instances/{id}/usage", "get", "InstanceUsage"),
            ("/v1/statements", "get", ""), ("/v1/statements/{id}", "get", "StatementDocument"), ("/v1/statements/{id}/verify", "post", "StatementProof"),
            ("/v1/statements/verify", "post", ""), ("/v1/rate-cards", "get", ""), ("/v1/rate-cards/{version}", "get", "RateCard"), ("/v1/users/{id}/budget", "put", "Budget"),
            ("/v1/metering/run", "post", "MeteringPass"),
        })
        {
            var responses = paths.GetProperty(path).GetProperty(method).GetProperty("responses");
            var ok = responses.GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            if (schema.Length > 0)
                Assert.Equal($"#/components/schemas/{schema}", ok.GetProperty("$ref").GetString());
            foreach (var status in new[] { "400", "401", "403", "409", "503" })
                Assert.True(responses.TryGetProperty(status, out _), $"{method} {path} lacks {status}");
        }
        Assert.True(paths.GetProperty("/v1/rate-cards").GetProperty("post").GetProperty("responses").TryGetProperty("201", out _));
    }

    private static Task<JsonElement> JsonAsync(HttpClient client, string path) => client.GetFromJsonAsync<JsonElement>(path, Token);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path) => (await client.GetAsync(path, Token)).StatusCode;
}
