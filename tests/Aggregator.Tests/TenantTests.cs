using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests;

/// <summary>Two tenants: whatever one's key asks, it hears nothing of the other, not even whether there is such a one.</summary>
[Collection(nameof(AggregatorApp))]
public sealed partial class TenantTests(AggregatorFixture fixture) : IClassFixture<AggregatorFixture>, IAsyncLifetime
{
    private const string Secret = "secret-shop";

    private readonly Tenant _own = new("own-shop"), _other = new(Secret);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed record Tenant(string Name)
    {
        public Guid User { get; } = Guid.NewGuid();

        public Guid Instance { get; } = Guid.NewGuid();

        public Guid Rule { get; } = Guid.NewGuid();

        public Guid Alert { get; } = Guid.NewGuid();

        public Guid Statement { get; } = Guid.NewGuid();

        /// <summary>All that an endpoint may be asked for.</summary>
        public Guid[] Ids => [User, Instance, Rule, Alert, Statement];
    }

    public async ValueTask InitializeAsync()
    {
        var source = fixture.App.Database.DataSource;
        var now = TimeProvider.System.GetUtcNow();
        await source.RunAsync("INSERT INTO rate_cards (version, valid_from, currency, decimals, items) VALUES (1, '2020-01-01', 'EUR', 2, '[]') ON CONFLICT DO NOTHING");
        foreach (var tenant in new[] { _own, _other })
        {
            await source.RunAsync(
                $"""
                INSERT INTO users (id, email) VALUES ('{tenant.User}', '{tenant.Name}-{tenant.User:N}@example.org');
                INSERT INTO instances (id, name, user_id) VALUES ('{tenant.Instance}', '{tenant.Name}', '{tenant.User}');
                INSERT INTO alert_rules (id) VALUES ('{tenant.Rule}');
                INSERT INTO alert_rule_versions (rule_id, version, name, measure, aggregate, span, above, raise_after, below, clear_after, severity, user_id, enabled)
                  VALUES ('{tenant.Rule}', 1, '{tenant.Name}', 'cpu_percentage', 'average', '5 min', 1, '0', 1, '0', 'info', '{tenant.User}', false);
                INSERT INTO alert_transitions VALUES ('{tenant.Rule}', 1, '{tenant.Instance}', now(), 'inactive', 'firing', 0, now(), 1, NULL, '{tenant.Name}');
                INSERT INTO alerts (id, rule_id, version, instance_id, user_id, severity, measure, state, value, "limit", since, raised_at)
                  VALUES ('{tenant.Alert}', '{tenant.Rule}', 1, '{tenant.Instance}', '{tenant.User}', 'info', 'cpu_percentage', 'firing', 2, 1, now(), now());
                INSERT INTO statements (id, user_id, month, rate_card, total, covered_ms, uncovered_ms, cutoff, digest)
                  VALUES ('{tenant.Statement}', '{tenant.User}', '2026-01-01', 1, 1, 1, 0, now(), '{tenant.Name}');
                INSERT INTO statement_lines (statement_id, position, instance_id, measure, rate_card, price, quantity, free, amount)
                  VALUES ('{tenant.Statement}', 1, '{tenant.Instance}', 'cpu', 1, 1, 1, 0, 1);
                """);
            await Rows.InsertAsync(source, tenant.Instance, now.AddHours(-1), now, TimeSpan.FromMinutes(1));
            using var budget = await fixture.App.Client.PutAsJsonAsync($"/v1/users/{tenant.User}/budget", new { amount = 10 }, Token);
            Assert.Equal(HttpStatusCode.OK, budget.StatusCode);
        }
    }

    public ValueTask DisposeAsync() => default;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_endpoint_tells_a_bound_key_of_another_tenant(bool ofUser)
    {
        using var client = await ClientAsync(ofUser);
        var told = new List<string>();
        foreach (var (method, path) in Requests())
        {
            // Whether there is such a one shows in nothing.
            var stranger = Guid.NewGuid();
            var nothing = await SendAsync(client, method, path, stranger);
            foreach (var id in _other.Ids)
            {
                var answer = await SendAsync(client, method, path, id);
                Assert.InRange((int)answer.Status, 200, 499);
                // A page may begin after any id.
                var differs = answer != nothing && !path.EndsWith("?after={id}", StringComparison.Ordinal);
                if (differs || answer.Body.Contains(Secret, StringComparison.Ordinal) || _other.Ids.Any(other => answer.Body.Contains(other.ToString(), StringComparison.Ordinal)))
                    told.Add($"{method} {path} of {id}: {answer}, of nobody: {nothing}");
            }
        }
        Assert.True(told.Count == 0, string.Join('\n', told));
    }

    [Fact]
    public async Task Own_data_is_found_by_the_same_requests()
    {
        using var client = await ClientAsync(ofUser: true);
        var found = new List<string>();
        foreach (var (method, path) in Requests().Where(request => request.Method == HttpMethod.Get && !request.Path.Contains('?', StringComparison.Ordinal)))
        {
            foreach (var id in _own.Ids)
            {
                var (status, body) = await SendAsync(client, method, path, id);
                if (status == HttpStatusCode.OK && (path.Contains("{id", StringComparison.Ordinal) || body.Contains(_own.Name, StringComparison.Ordinal) || body.Contains("<own>", StringComparison.Ordinal)))
                    found.Add(path);
            }
        }
        // So that the test above does not pass because nothing is there to be told.
        Assert.Empty(
            new[]
            {
                "/v1/instances", "/v1/instances/{id}", "/v1/instances/{id}/stats", "/v1/instances/{id}/stats/history", "/v1/instances/{id}/usage", "/v1/users/{id}/usage",
                "/v1/users/{id}/budget", "/v1/alerts", "/v1/alert-rules", "/v1/alert-rules/{id:guid}", "/v1/alert-rules/{id:guid}/transitions", "/v1/statements", "/v1/statements/{id}",
            }.Except(found));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trial_of_a_rule_tells_a_bound_key_neither_whether_another_exists_nor_what_it_does(bool ofUser)
    {
        using var client = await ClientAsync(ofUser);
        var bodies = new List<(string Path, Guid Own, Func<Guid, object> Body)>();
        foreach (var path in new[] { "/v1/alert-rules/preview", "/v1/alert-rules/replay" })
        {
            bodies.Add((path, _own.User, id => new { rule = new { name = "x", measure = "silence", above = 60, scope = "user", user_id = id } }));
            bodies.Add((path, _own.Instance, id => new { rule = new { name = "x", measure = "silence", above = 60, scope = "instance", instance_id = id } }));
        }
        bodies.Add(("/v1/alert-rules/replay", _own.Rule, id => new { rule_id = id }));
        bodies.Add(("/v1/alert-rules/replay", _own.Instance, id => new { rule = new { name = "x", measure = "silence", above = 60 }, instance_id = id }));
        foreach (var (path, own, body) in bodies)
        {
            var stranger = await SendAsync(client, HttpMethod.Post, path, Guid.NewGuid(), body);
            // The body is one that finds what it may.
            if (ofUser)
                Assert.NotEqual(stranger, await SendAsync(client, HttpMethod.Post, path, own, body));
            Assert.InRange((int)stranger.Status, 400, 499);
            foreach (var id in _other.Ids)
                Assert.Equal(stranger, await SendAsync(client, HttpMethod.Post, path, id, body));
        }
    }

    [Fact]
    public void What_a_key_may_send_without_being_an_administrators_is_known_here() =>
        // Each has a test of its bodies here or takes none: add to it before you add to this list.
        Assert.Equal(
            ["POST /v1/alert-rules/preview", "POST /v1/alert-rules/replay", "POST /v1/statements/{id}/verify"],
            Endpoints().Where(e => e.Method != HttpMethod.Get && !e.Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy == Scopes.Admin))
                .Select(e => $"{e.Method} {e.Endpoint.RoutePattern.RawText}").Order(StringComparer.Ordinal));

    private IEnumerable<(HttpMethod Method, RouteEndpoint Endpoint)> Endpoints() =>
        from endpoint in fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
        select (new HttpMethod(method), endpoint);

    /// <summary>Every endpoint there is, without a parameter and with each that it knows.</summary>
    private IEnumerable<(HttpMethod Method, string Path)> Requests()
    {
        foreach (var (method, endpoint) in Endpoints())
        {
            var path = endpoint.RoutePattern.RawText!.TrimEnd('/');
            yield return (method, path);
            foreach (var parameter in endpoint.Metadata.GetMetadata<KnownParameters>()?.Names ?? [])
                yield return (method, $"{path}?{parameter}={(parameter == "search" ? Secret : "{id}")}");
        }
    }

    private Task<HttpClient> ClientAsync(bool ofUser) => fixture.App.Stranger().WithBoundKeyAsync(
        fixture.App.Services.GetRequiredService<KeyStore>(), ofUser ? _own.User : null, ofUser ? null : _own.Instance, Token);

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, HttpMethod method, string path, Guid id, Func<Guid, object>? body = null)
    {
        using var request = new HttpRequestMessage(method, TenantRequests.Fill(path, id.ToString()))
        {
            Content = method == HttpMethod.Get ? null : new StringContent(body is null ? "{}" : JsonSerializer.Serialize(body(id)), Encoding.UTF8, "application/json"),
        };
        using var answer = await client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        // What differs by itself: the trace, the time, and what was asked for, which is told back.
        var comparable = text.Replace(id.ToString(), _own.Ids.Contains(id) ? "<own>" : "<asked>", StringComparison.Ordinal);
        return (answer.StatusCode, Changing.Replace(TenantRequests.WithoutTrace(comparable), ""));
    }

    [GeneratedRegex("\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^\"]*\"|\"seconds\":[0-9.e-]*")]
    private static partial Regex Changing { get; }
}
