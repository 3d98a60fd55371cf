using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>Metering through the running service, each time from the first rate card on.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class MeteringApiTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private static readonly DateOnly Month = UtcDay.Of(TimeProvider.System.GetUtcNow()).MonthStart().AddMonths(-2);
    private readonly (Guid User, Guid Instance) _own = (Guid.NewGuid(), Guid.NewGuid());
    private readonly (Guid User, Guid Instance) _other = (Guid.NewGuid(), Guid.NewGuid());
    private AggregatorApp _app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await AggregatorApp.StartAsync(await shared.ResetAsync());
        foreach (var (user, instance) in new[] { _own, _other })
            await _app.Database.DataSource.RunAsync(
                $"INSERT INTO users (id) VALUES ('{user}'); INSERT INTO instances (id, name, user_id) VALUES ('{instance}', '=cmd|\"<b>', '{user}')");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

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

        Assert.Equal([_own.User], (await JsonAsync(user, "/v1/users")).EnumerateArray().Select(u => u.GetProperty("user_id").GetGuid()));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(instance, "/v1/users"));
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

    [Fact]
    public async Task Users_come_page_by_page_with_their_newest_statement()
    {
        await AddCardAsync();
        await InsertAsync(_own.Instance, 60);
        await MeterAsync(1);
        var expected = new[] { _own.User, _other.User }.OrderBy(user => user.ToString(), StringComparer.Ordinal).ToList();

        using var first = await _app.Client.GetAsync("/v1/users?limit=1", Token);
        var (found, link) = ((await first.Content.ReadFromJsonAsync<JsonElement>(Token))[0], first.Headers.GetValues("Link").Single());
        var second = await JsonAsync(_app.Client, link[1..link.IndexOf('>', StringComparison.Ordinal)]);
        Assert.Equal(expected, new[] { found, second[0] }.Select(user => user.GetProperty("user_id").GetGuid()));
        foreach (var user in new[] { found, second[0] })
            Assert.Equal(user.GetProperty("user_id").GetGuid() == _own.User, user.GetProperty("latest_statement").ValueKind == JsonValueKind.Object);
        Assert.Equal(0, (await JsonAsync(_app.Client, $"/v1/users?after={expected[1]}")).GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(_app.Client, "/v1/users?limit=0"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(_app.Client, "/v1/users?after=x"));
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

    private async Task AddCardAsync()
    {
        using var answer = await _app.Client.PostAsJsonAsync("/v1/rate-cards", new
        {
            valid_from = "2020-01-01", currency = "EUR", items = new[] { new { measure = "memory", unit = "GB-hour", price = 10, free = 0 } },
        }, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>A gigabyte of memory, every 10 s.</summary>
    private Task InsertAsync(Guid instance, int count) => _app.Database.DataSource.RunAsync(
        $"""
        INSERT INTO resource_usage (instance_id, "timestamp", memory_usage)
        SELECT '{instance}', '{Month:yyyy-MM-dd}Z'::timestamptz + s * interval '10 s', 1000000000 FROM generate_series(0, {count - 1}) s
        """);

    private Task MeterAsync(int statements) => Wait.UntilAsync(async () =>
    {
        using var answer = await _app.Client.PostAsync("/v1/metering/run", null, Token);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{answer.StatusCode}");
        return await _app.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM statements") == statements;
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
