using System.Net;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Ingest.Api.Bodies;
using Microsoft.AspNetCore.Mvc.Testing;
using Npgsql;

namespace LaunchStack.Aggregator.Tests;

/// <summary>Orchestrators kill what has not ended 10 s after it was told to: neither service waits for a database or a broker that hangs.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class StopTests(AggregatorFixture fixture) : IClassFixture<AggregatorFixture>
{
    // Ten seconds and what a busy machine adds; a wait for what hangs ends when the test lets go of it, which it does not.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Aggregator_ends_while_what_it_needs_hangs(bool brokerToo) => StopAsync<RollupOptions>("/v1/alerts", brokerToo);

    [Fact]
    public Task Ingest_ends_while_what_it_needs_hangs() => StopAsync<BodyOptions>("/v1/keys", brokerToo: true);

    private async Task StopAsync<TService>(string path, bool brokerToo)
        where TService : class
    {
        var settings = new NpgsqlConnectionStringBuilder(fixture.App.Database.ConnectionString);
        var address = new UriBuilder(fixture.App.Broker);
        using var databaseCable = new Cable(settings.Port);
        using var brokerCable = new Cable(address.Port);
        (settings.Host, settings.Port, address.Port) = ("127.0.0.1", databaseCable.Port, brokerCable.Port);
        var service = new WebApplicationFactory<TService>().WithWebHostBuilder(host => AggregatorApp.Configure(host, settings.ConnectionString, address.Uri.ToString()));
        using var client = service.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", AggregatorApp.Key);
        await Wait.UntilAsync(async () => (await client.GetStringAsync("/health", Token)).StartsWith("{\"status\":\"Healthy\"", StringComparison.Ordinal), "the service is well", TimeSpan.FromMinutes(1));

        databaseCable.Hold();
        if (brokerToo)
            brokerCable.Hold();
        // By then whatever runs in the background has asked, too.
        using (var answer = await client.GetAsync(path, Token))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await service.DisposeAsync().AsTask().WaitAsync(Limit, Token);
    }
}
