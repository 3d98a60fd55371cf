using Npgsql;

namespace LaunchStack.Deployment.Tests.Replicas;

/// <summary>Two Ingest.Api and two Aggregators over one database and one broker.</summary>
public sealed class ReplicaFixture : IAsyncLifetime
{
    private const string Key = "a-key-for-the-replicas";

    private static readonly string[] Projects = ["Ingest.Api", "Ingest.Api", "Aggregator", "Aggregator"];

    private readonly ServiceProcess[] _services = new ServiceProcess[Projects.Length];

    internal TestTimescale Database { get; private set; } = null!;

    internal string Broker { get; private set; } = null!;

    internal IReadOnlyList<ServiceProcess> Ingest => _services[..2];

    internal IReadOnlyList<ServiceProcess> Aggregators => _services[2..];

    public async ValueTask InitializeAsync()
    {
        Database = await TestTimescale.CreateAsync();
        Broker = await TestRabbitMq.StartAsync();
        await StartMissingAsync();
    }

    /// <summary>Starts what does not run: a test may have killed some.</summary>
    internal Task StartMissingAsync()
    {
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__launchstack"] = Database.ConnectionString,
            ["ConnectionStrings__messaging"] = Broker,
            ["Rollups__Debounce"] = "00:00:00.500",
            ["Policies__Interval"] = "00:00:01",
        };
        return Task.WhenAll(Projects.Select(async (project, i) =>
        {
            if (_services[i] is { IsKilled: false })
                return;
            if (_services[i] is { } killed)
                await killed.DisposeAsync();
            _services[i] = await ServiceProcess.StartAsync(project, Key, environment);
        }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.Where(service => service is not null))
            await service.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        await TestRabbitMq.DeleteQueuesAsync("usage-rollups");
    }
}
