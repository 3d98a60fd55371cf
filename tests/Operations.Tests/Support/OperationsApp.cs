using System.Net.Http.Headers;
using LaunchStack.Operations.Monitoring;
using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.TestSupport;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Operations.Tests.Support;

/// <summary>The service in this process, over a database of its own.</summary>
public sealed class OperationsApp : IAsyncDisposable
{
    /// <summary>The key that the service is started with.</summary>
    public const string Key = "a-key-for-tests-only";

    // Nobody listens on the discard port.
    private const string Nowhere = "Host=127.0.0.1;Port=9;Username=postgres;Database=launchstack;Timeout=2";

    // Any type of the service's assembly names its entry point.
    private readonly WebApplicationFactory<MonitoringOptions> _factory;

    private readonly TestTimescale? _database;
    private readonly bool _owned;

    private OperationsApp(TestTimescale? database, bool owned, Action<IServiceCollection>? configure, (string Name, string Value)[] settings)
    {
        (_database, _owned) = (database, owned);
        _factory = new WebApplicationFactory<MonitoringOptions>().WithWebHostBuilder(host =>
        {
            host.UseSetting("ConnectionStrings:launchstack", database?.ConnectionString ?? Nowhere);
            host.UseSetting("Auth:AdminKey", Key);
            host.UseSetting("Monitoring:Interval", "00:00:01");
            foreach (var (name, value) in settings)
                host.UseSetting(name, value);
            // Rules hold for up to 40 s; here those pass in one.
            host.ConfigureTestServices(services => services.AddSingleton(new AlarmBoard(new FastClock())));
            host.ConfigureTestServices(services => configure?.Invoke(services));
        });
        Client = _factory.CreateClient();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    /// <summary>With the key.</summary>
    public HttpClient Client { get; }

    /// <summary>Its database.</summary>
    public TestTimescale Database => _database ?? throw new InvalidOperationException("It has none.");

    /// <summary>The service's own objects.</summary>
    public IServiceProvider Services => _factory.Services;

    /// <summary>A client that sends no key.</summary>
    public HttpClient Stranger() => _factory.CreateClient();

    /// <summary>Starts it over a database of its own.</summary>
    public static async Task<OperationsApp> StartAsync(params (string Name, string Value)[] settings) => new(await TestTimescale.CreateAsync(), owned: true, null, settings);

    /// <summary>Starts another over somebody else's database; null: over one that does not answer.</summary>
    public static OperationsApp Start(TestTimescale? database, Action<IServiceCollection>? configure, params (string Name, string Value)[] settings) =>
        new(database, owned: false, configure, settings);

    public async ValueTask DisposeAsync()
    {
        await _factory.DisposeAsync();
        if (_owned)
            await Database.DisposeAsync();
    }
}
