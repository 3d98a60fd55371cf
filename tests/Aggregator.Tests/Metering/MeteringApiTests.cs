using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>Metering through the running service.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class MeteringApiTests : IAsyncLifetime
{
    private static readonly DateOnly Month = UtcDay.Of(TimeProvider.System.GetUtcNow()).MonthStart().AddMonths(-2);
    private readonly (Guid User, Guid Instance) _own = (Guid.NewGuid(), Guid.NewGuid());
    private readonly (Guid User, Guid Instance) _other = (Guid.NewGuid(), Guid.NewGuid());
    private AggregatorApp _app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await AggregatorApp.StartAsync();
        foreach (var (user, instance) in new[] { _own, _other })
            await Rows.ExecuteAsync(_app.Database.DataSource,
                $"INSERT INTO users (id) VALUES ('{user}'); INSERT INTO instances (id, name, user_id) VALUES ('{instance}', '=cmd|\"<b>', '{user}')");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

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

    [Fact]
    public async Task A_month_goes_from_samples_to_a_proved_statement_in_three_formats()
    {
        await AddCardAsync();
        await InsertAsync(_own.Instance, 600);
        await InsertAsync(_other.Instance, 60);
        await MeterAsync(2);

        var client = await ClientAsync(Scopes.Read, user: _own.User);
        var usage = await JsonAsync(client, $"/v1/users/{_own.User}/usage?from={Month:yyyy-MM-dd}&by=day");
        Assert.Equal(600 * 10_000L * 1_000_000_000 + 20_000L * 1_000_000_000, usage.GetProperty("total").GetProperty("memory_byte_ms").GetInt64());
        Assert.Equal(1, usage.GetProperty("days").GetArrayLength());
        var lines = await JsonAsync(client, $"/v1/instances/{_own.Instance}/usage?from={Month:yyyy-MM-dd}T00:00:00Z&by=day");
        Assert.Equal(600, lines.GetProperty("days")[0].GetProperty("samples").GetInt32());

        var head = Assert.Single((await JsonAsync(client, "/v1/statements")).EnumerateArray());
        var id = head.GetProperty("id").GetGuid();
        var statement = await JsonAsync(client, $"/v1/statements/{id}");
        var memory = statement.GetProperty("lines").EnumerateArray().Single(l => l.GetProperty("measure").GetString() == "memory");
        // 6,020 s of a GB are 1.6722 GB-hours, at 10 each.
        Assert.Equal((16.72m, 16.72m), (memory.GetProperty("amount").GetDecimal(), statement.GetProperty("statement").GetProperty("total").GetDecimal()));

        var csv = await client.GetStringAsync($"/v1/statements/{id}?format=csv", Token);
        Assert.Contains($",usage,{_own.Instance},\"'=cmd|\"\"<b>\",,memory,6020000000000000,0,GB-hour,1.672222,10,16.72,EUR\r\n", csv, StringComparison.Ordinal);
        var page = await client.GetStringAsync($"/v1/statements/{id}?format=html", Token);
        Assert.Contains("Total 16.72 EUR", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        using var proof = await client.PostAsync($"/v1/statements/{id}/verify", null, Token);
        Assert.True((await proof.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("verified").GetBoolean());

        using var all = await _app.Client.PostAsync("/v1/statements/verify", null, Token);
        Assert.Equal(2, (await all.Content.ReadFromJsonAsync<JsonElement>(Token)).GetArrayLength());
        Assert.Equal(1, (await JsonAsync(_app.Client, $"/v1/statements?limit=1&month={Month:yyyy-MM}")).GetArrayLength());
    }

    [Fact]
    public async Task Keys_see_what_they_are_bound_to_and_only_admin_writes()
    {
        await AddCardAsync();
        await InsertAsync(_own.Instance, 60);
        await InsertAsync(_other.Instance, 60);
        await MeterAsync(2);
        var statements = await JsonAsync(_app.Client, "/v1/statements");
        var foreign = statements.EnumerateArray().Single(s => s.GetProperty("user_id").GetGuid() == _other.User).GetProperty("id").GetGuid();
        var (user, instance) = (await ClientAsync(Scopes.Read, user: _own.User), await ClientAsync(Scopes.Read, instance: _own.Instance));

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user, $"/v1/users/{_other.User}/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user, $"/v1/users/{_other.User}/usage/estimate"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user, $"/v1/instances/{_other.Instance}/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user, $"/v1/statements?user={_other.User}"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(user, $"/v1/statements/{foreign}"));
        Assert.Equal(HttpStatusCode.NotFound, (await user.PostAsync($"/v1/statements/{foreign}/verify", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user, $"/v1/users/{_other.User}/budget"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(instance, $"/v1/instances/{_own.Instance}/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(instance, $"/v1/instances/{_other.Instance}/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(instance, $"/v1/users/{_own.User}/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(instance, "/v1/statements"));
        foreach (var client in new[] { user, instance, await ClientAsync(Scopes.Read) })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsJsonAsync("/v1/rate-cards", new { }, Token)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PutAsJsonAsync($"/v1/users/{_own.User}/budget", new { amount = 1 }, Token)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/v1/metering/run", null, Token)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/v1/statements/verify", null, Token)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await _app.Stranger().GetAsync("/v1/statements", Token)).StatusCode);
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
        foreach (var body in new[] { "", "[", "7", """{"amount":"5"}""", """{"sum":5}""", """{"amount":0}""", """{"amount":null}""" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await _app.Client.PutAsync($"/v1/users/{_own.User}/budget", content, Token);
            Assert.Equal((body, HttpStatusCode.BadRequest), (body, answer.StatusCode));
        }
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_app.Client, $"/v1/users/{_own.User}/budget"));
        Assert.Equal(HttpStatusCode.OK, (await _app.Client.PutAsJsonAsync($"/v1/users/{_own.User}/budget", new { amount = 12.50m }, Token)).StatusCode);
        Assert.Equal(12.50m, (await JsonAsync(_app.Client, $"/v1/users/{_own.User}/budget")).GetProperty("amount").GetDecimal());
        Assert.Equal(HttpStatusCode.NoContent, (await _app.Client.DeleteAsync($"/v1/users/{_own.User}/budget", Token)).StatusCode);
    }

    [Fact]
    public async Task The_estimate_is_of_the_month_and_remembers_the_last_ones()
    {
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_app.Client, $"/v1/users/{_own.User}/usage/estimate"));
        await AddCardAsync();
        await InsertAsync(_own.Instance, 60);
        await MeterAsync(1);
        var estimate = await JsonAsync(_app.Client, $"/v1/users/{_own.User}/usage/estimate");
        Assert.Equal(Month.AddMonths(2).ToString("yyyy-MM", null), estimate.GetProperty("estimate").GetProperty("month").GetString());
        Assert.Equal(2, estimate.GetProperty("past_estimates").GetArrayLength());
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

    private async Task AddCardAsync()
    {
        using var answer = await _app.Client.PostAsJsonAsync("/v1/rate-cards", new
        {
            valid_from = "2020-01-01", currency = "EUR", items = new[] { new { measure = "memory", unit = "GB-hour", price = 10, free = 0 } },
        }, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>A gigabyte of memory, every 10 s.</summary>
    private Task InsertAsync(Guid instance, int count) => Rows.ExecuteAsync(_app.Database.DataSource,
        $"""
        INSERT INTO resource_usage (instance_id, "timestamp", memory_usage)
        SELECT '{instance}', '{Month:yyyy-MM-dd}Z'::timestamptz + s * interval '10 s', 1000000000 FROM generate_series(0, {count - 1}) s
        """);

    private Task MeterAsync(int statements) => TestSupport.Wait.UntilAsync(async () =>
    {
        using var answer = await _app.Client.PostAsync("/v1/metering/run", null, Token);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{answer.StatusCode}");
        return await Rows.ScalarAsync<long>(_app.Database.DataSource, "SELECT count(*) FROM statements") == statements;
    }, "the month is frozen");

    private async Task<HttpClient> ClientAsync(string scope, Guid? user = null, Guid? instance = null)
    {
        var (key, _) = await _app.Services.GetRequiredService<KeyStore>().MakeAsync(new("test", [scope], user, instance, null, null, null, null, null), Token);
        var client = _app.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static Task<JsonElement> JsonAsync(HttpClient client, string path) => client.GetFromJsonAsync<JsonElement>(path, Token);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path) => (await client.GetAsync(path, Token)).StatusCode;
}
