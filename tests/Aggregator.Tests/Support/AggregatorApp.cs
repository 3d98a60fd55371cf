using System.Net.Http.Headers;
using LaunchStack.Aggregator.Rollups;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace LaunchStack.Aggregator.Tests.Support;

/// <summary>
/// The service in this process, over a database and the shared broker. Those who start it are of one collection: two at a
/// time would take each other's events from the queue.
/// </summary>
public sealed class AggregatorApp : IAsyncDisposable
{
    /// <summary>The key that the service is started with.</summary>
    public const string Key = "a-key-for-tests-only";

    // Any type of the service's assembly names its entry point.
    private readonly WebApplicationFactory<RollupOptions> _factory;

    private AggregatorApp(TestTimescale database, string broker)
    {
        Database = database;
        Broker = broker;
        _factory = new WebApplicationFactory<RollupOptions>().WithWebHostBuilder(host => Configure(host, database.ConnectionString, broker));
        Client = _factory.CreateClient();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    /// <summary>With the key.</summary>
    public HttpClient Client { get; }

    /// <summary>Its database.</summary>
    public TestTimescale Database { get; }

    /// <summary>The broker's address.</summary>
    public string Broker { get; }

    /// <summary>The service's own objects.</summary>
    public IServiceProvider Services => _factory.Services;

    /// <summary>A client that sends no key.</summary>
    public HttpClient Stranger() => _factory.CreateClient();

    /// <summary>Starts it.</summary>
    public static async Task<AggregatorApp> StartAsync(TestTimescale database)
    {
        ArgumentNullException.ThrowIfNull(database);
        // The policies have tests of their own: neither the service's runner nor a server's own workers run one in between.
        await database.DataSource.PauseJobsAsync();
        return new(database, await TestRabbitMq.StartAsync());
    }

    /// <summary>The settings that every service under test takes.</summary>
    public static void Configure(IWebHostBuilder host, string database, string broker)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.UseSetting("ConnectionStrings:launchstack", database);
        host.UseSetting("ConnectionStrings:messaging", broker);
        host.UseSetting("Auth:AdminKey", Key);
        host.UseSetting("Rollups:Debounce", "00:00:00.500");
        host.UseSetting("Policies:Interval", "01:00:00");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _factory.DisposeAsync();
}
