using System.Diagnostics.Metrics;
using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>The delivering half of an agent, over a real spool and a scripted server.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    public static readonly Guid Instance = new("5b0c0000-0000-4000-8000-000000000001");

    private readonly TemporaryDirectory _directory = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly HttpClient _http;

    private DeliveryBench(ScriptedIngest server, AgentOptions options)
    {
        Server = server;
        Options = options;
        _http = new HttpClient { BaseAddress = server.Address };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Auth:Key", ScriptedIngest.Key)]).Build();
        var wrapped = Microsoft.Extensions.Options.Options.Create(options);

        Metrics = new AgentMetrics(_services.GetRequiredService<IMeterFactory>(), Time);
        Spool = Spool.Open(_directory.File("spool"), options.Spool, Losses.Add, Log);
        DeadLetters = new DeadLetters(_directory.Path, Time, Log.CreateLogger<DeadLetters>());
        var key = new BearerKey(configuration, wrapped);
        var client = new IngestClient(_http, key, Time);
        var registrar = new InstanceRegistrar([new SimulatedInstance(1, 0)], client, Log.CreateLogger<InstanceRegistrar>());
        Sender = new UsageSender(Spool, client, registrar, DeadLetters, Metrics, wrapped, Log.CreateLogger<UsageSender>());
        Loop = new DeliveryLoop(Spool, Sender, new Backoff(options.Delivery, () => 0), key, Metrics, wrapped, Time, Log.CreateLogger<DeliveryLoop>());
    }

    public ScriptedIngest Server { get; }

    public AgentOptions Options { get; }

    public WatchedTime Time { get; } = new();

    public SentLog Log { get; } = new();

    public List<SpoolLoss> Losses { get; } = [];

    public AgentMetrics Metrics { get; }

    public Spool Spool { get; }

    public DeadLetters DeadLetters { get; }

    public UsageSender Sender { get; }

    public DeliveryLoop Loop { get; }

    public static async Task<DeliveryBench> StartAsync(Action<AgentOptions>? configure = null)
    {
        var options = new AgentOptions();
        configure?.Invoke(options);
        return new(await ScriptedIngest.StartAsync(), options);
    }

    /// <summary>Spools samples whose disk use is their number.</summary>
    public void Spooled(int count, Guid? instance = null, int first = 0) => Spool.Append(Enumerable.Range(first, count)
        .Select(number => SpooledSample.From(new UsageSample(
            instance ?? Instance, Time.GetUtcNow().AddSeconds(number), new() { CpuUsage = 1.5, MemoryUsage = 10, MemoryLimit = 100, DiskUsage = number })).Encode())
        .ToArray());

    /// <summary>Numbers of the samples the server has, in the order of arrival.</summary>
    public IEnumerable<long> Arrived() => Server.Samples.Select(sample => sample.GetProperty("disk_usage").GetInt64());

    public Task<IngestAnswer?> SendAsync() => Sender.SendBatchAsync(TestContext.Current.CancellationToken);

    public string[] DeadLines() => File.Exists(DeadLetters.Path) ? File.ReadAllLines(DeadLetters.Path) : [];

    public async ValueTask DisposeAsync()
    {
        await Loop.StopAsync(CancellationToken.None);
        Loop.Dispose();
        Spool.Dispose();
        _http.Dispose();
        await Server.DisposeAsync();
        await _services.DisposeAsync();
        _directory.Dispose();
    }
}
