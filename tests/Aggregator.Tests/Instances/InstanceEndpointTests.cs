using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests.Instances;

[Collection(nameof(AggregatorApp))]
public sealed class InstanceEndpointTests(AggregatorFixture fixture) : IAsyncLifetime
{
    private static readonly Guid User = Guid.NewGuid();
    private readonly AggregatorApp _app = fixture.App;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await _app.Database.DataSource.ScalarAsync<long>($"SELECT count(*) FROM users WHERE id = '{User}'") > 0)
            return;
        await _app.Database.DataSource.RunAsync($"INSERT INTO users (id) VALUES ('{User}')");
        for (var i = 0; i < 5; i++)
            await _app.Database.DataSource.RunAsync($"INSERT INTO instances (name, status, user_id) VALUES ('shop {i}', '{(i < 3 ? "running" : "stopped")}', '{User}')");
        await _app.Database.DataSource.RunAsync("INSERT INTO instances (name, status) VALUES ('other', 'running')");
    }

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Pages_follow_by_next_and_by_the_link_and_the_last_has_neither()
    {
        var first = await _app.Client.GetAsync($"/v1/instances?search=SHOP&state=running&user_id={User}&sort=-name&limit=2", Token);
        var page = await first.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(["shop 2", "shop 1"], Names(page));

        var next = page.GetProperty("next").GetString()!;
        var link = first.Headers.GetValues("Link").Single();
        foreach (var address in new[] { $"/v1/instances?search=SHOP&state=running&user_id={User}&sort=-name&limit=2&after={next}", link[1..link.IndexOf('>', StringComparison.Ordinal)] })
        {
            var answer = await _app.Client.GetAsync(address, Token);
            var last = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            Assert.Equal(["shop 0"], Names(last));
            Assert.Equal(JsonValueKind.Null, last.GetProperty("next").ValueKind);
            Assert.False(answer.Headers.Contains("Link"));
        }
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("sort=-", "sort")]
    [InlineData("sort=Name", "sort")]
    [InlineData("user_id=me", "user_id")]
    [InlineData("state=", "state")]
    [InlineData("liveness=", "liveness")]
    [InlineData("search=a%00b", "search")]
    [InlineData("Search=a", "Search")]
    [InlineData("offset=3", "offset")]
    [InlineData("sort=name&after=aWQgMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA", "after")]
    public async Task A_parameter_that_is_unknown_or_malformed_is_named(string query, string parameter)
    {
        using var answer = await _app.Client.GetAsync($"/v1/instances?{query}", Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(parameter, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task A_bound_key_neither_lists_nor_filters_by_others()
    {
        var (key, _) = await _app.Services.GetRequiredService<KeyStore>().MakeAsync(new("test", [Scopes.Read], User, null, null, null, null, null, null), Token);
        using var client = _app.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);

        Assert.Equal(5, Names(await client.GetFromJsonAsync<JsonElement>("/v1/instances", Token)).Count());
        Assert.Empty(Names(await client.GetFromJsonAsync<JsonElement>("/v1/instances?search=other", Token)));
        using var foreign = await client.GetAsync($"/v1/instances?user_id={Guid.NewGuid()}", Token);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
    }

    private static IEnumerable<string?> Names(JsonElement page) => page.GetProperty("instances").EnumerateArray().Select(i => i.GetProperty("name").GetString());
}
