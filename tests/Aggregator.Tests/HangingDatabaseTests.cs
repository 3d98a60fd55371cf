using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LaunchStack.Aggregator.Tests;

/// <summary>Both services while their database takes connections and answers nothing, as when it is stopped or behind a black hole.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class HangingDatabaseTests(AggregatorFixture fixture)
{
    // Two seconds and what a busy machine adds; a cancellation that waits for the server takes more than twice this.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Aggregator_answers_every_request_and_health_at_once_and_goes_on_afterwards() => HangAsync<RollupOptions>(
        "/v1/instances", "/v1/instances?sort=-cpu_usage", $"/v1/instances/{Guid.NewGuid()}/stats", $"/v1/instances/{Guid.NewGuid()}/stats/history?period=7d",
        "/v1/alerts", "/v1/alert-rules", "/v1/notifications", "/v1/statements", "/v1/rate-cards", $"/v1/users/{Guid.NewGuid()}/usage", $"/v1/users/{Guid.NewGuid()}/budget",
        "POST /v1/rollups/refresh", "POST /v1/metering/run", $"POST /v1/statements/{Guid.NewGuid()}/verify", "KEY /v1/instances");

    [Fact]
    public Task Ingest_answers_every_request_and_health_at_once_and_goes_on_afterwards() => HangAsync<BodyOptions>(
        "/v1/keys", "POST /v1/usage", "KEY /v1/ingest/unmapped");

    private async Task HangAsync<TService>(params string[] requests)
        where TService : class
    {
        var settings = new NpgsqlConnectionStringBuilder(fixture.App.Database.ConnectionString);
        using var cable = new Cable(settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", cable.Port);
        await using var service = new WebApplicationFactory<TService>().WithWebHostBuilder(host => AggregatorApp.Configure(host, settings.ConnectionString, fixture.App.Broker));
        using var client = service.CreateClient();
        var (key, _) = await fixture.App.Services.GetRequiredService<KeyStore>()
            .MakeAsync(new("test", [Scopes.Read, Scopes.Ingest], null, null, null, null, null, null, null), Token);
        // Some connections are in the pool, others have to be made.
        foreach (var request in requests.Take(2))
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await SendAsync(request)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/health")).Status);

        cable.Hold();
        foreach (var (request, (status, took, body)) in requests.Append("/health").Zip(await Task.WhenAll(requests.Append("/health").Select(SendAsync))))
        {
            Assert.True(status == HttpStatusCode.ServiceUnavailable, $"{request}: {(int)status} {body}");
            Assert.True(took < Limit, $"{request} took {took}");
            Assert.Contains("database", body, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/alive")).Status);

        cable.Release();
        await Wait.UntilAsync(async () => (await SendAsync(requests[0])).Status == HttpStatusCode.OK, "requests are answered again", TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(async () => (await SendAsync("/health")).Status == HttpStatusCode.OK, "health is well again", TimeSpan.FromMinutes(1));

        async Task<(HttpStatusCode Status, TimeSpan Took, string Body)> SendAsync(string request)
        {
            var (method, path) = request.Split(' ') is [var verb, var rest] ? (verb, rest) : ("GET", request);
            using var message = new HttpRequestMessage(method == "POST" ? HttpMethod.Post : HttpMethod.Get, path)
            {
                Headers = { Authorization = new("Bearer", method == "KEY" ? key : AggregatorApp.Key) },
                Content = path == "/v1/usage" ? JsonContent.Create(new { instance_id = Guid.NewGuid(), timestamp = TimeProvider.System.GetUtcNow(), cpu_usage = 1 }) : null,
            };
            var watch = Stopwatch.StartNew();
            using var answer = await client.SendAsync(message, Token);
            return (answer.StatusCode, watch.Elapsed, await answer.Content.ReadAsStringAsync(Token));
        }
    }
}
