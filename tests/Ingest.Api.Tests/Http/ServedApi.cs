using System.Net.Http.Headers;
using LaunchStack.Ingest.Api.Usage;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>The real service as a process of its own, over a database of its own; no broker, which it must not mind.</summary>
public sealed class ServedApi : IAsyncLifetime
{
    public const string AdminKey = "test-admin-key-0123456789";

    private readonly int[] _ports = FreePort.Take(2);
    private TestTimescale? _database;
    private ChildProcess? _process;

    public HttpClient Client { get; } = new();

    public TestTimescale Database => _database!;

    public Uri GrpcAddress => new($"http://127.0.0.1:{_ports[1]}");

    public async ValueTask InitializeAsync()
    {
        _database = await TestTimescale.CreateAsync();
        Client.BaseAddress = new Uri($"http://127.0.0.1:{_ports[0]}");
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        await StartAsync();
    }

    /// <summary>Ends the process and starts it again over the same database.</summary>
    public async Task RestartAsync()
    {
        await _process!.DisposeAsync();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        var assembly = typeof(UsageEndpoints).Assembly.Location;
        _process = ChildProcess.StartGuarded(
            "ingest-api", $"dotnet '{assembly}' &",
            new Dictionary<string, string>
            {
                ["ConnectionStrings__launchstack"] = Database.ConnectionString,
                ["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1",
                ["Auth__AdminKey"] = AdminKey,
                ["ASPNETCORE_URLS"] = Client.BaseAddress!.ToString(),
                ["Ingest__GrpcUrl"] = GrpcAddress.ToString(),
                ["Ingest__Bodies__MaxBytes"] = "100000",
                ["Ingest__Bodies__MaxDecompressedBytes"] = "300000",
                ["Ingest__Bodies__MaxSamples"] = "1000",
            },
            Path.GetDirectoryName(assembly));
        await Wait.UntilAliveAsync(Client, "the service answers");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }
}
