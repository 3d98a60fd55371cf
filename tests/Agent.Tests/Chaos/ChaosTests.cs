using System.Globalization;
using System.Text.Json;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>
/// The agent beside a proxy that answers at random, and the books at the end: every sample it took is with the server or among the
/// dead letters. LAUNCHSTACK_CHAOS_TIME=01:00:00 runs it for that long, LAUNCHSTACK_CHAOS_SEED=7 with another seed.
/// </summary>
public sealed class ChaosTests : IDisposable
{
    private const int Requests = 400;
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Every_sample_is_with_the_server_or_a_dead_letter_whatever_was_answered()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LAUNCHSTACK_CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        var span = TimeSpan.Parse(Environment.GetEnvironmentVariable("LAUNCHSTACK_CHAOS_TIME") ?? "0", CultureInfo.InvariantCulture);
        await using var server = new ChaosServer(seed);
        using var host = Build(server.Address);
        using var instruments = new Instruments(host);
        var spool = host.Services.GetRequiredService<Spool>();
        var start = TimeProvider.System.GetTimestamp();
        await host.StartAsync(TestContext.Current.CancellationToken);

        for (var handled = 0; handled < Requests || TimeProvider.System.GetElapsedTime(start) < span; handled++)
            await server.HandledAsync();
        server.IsHonest = true;
        await host.Services.GetServices<IHostedService>().OfType<SamplingLoop>().Single().StopAsync(TestContext.Current.CancellationToken);
        while (spool.Waiting > 0)
            await server.HandledAsync();
        await host.StopAsync(TestContext.Current.CancellationToken);

        var (taken, stored, dead) = ((int)instruments["launchstack.agent.samples.taken"], server.Books.Stored, DeadLetters());
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {taken} taken, {stored.Count} with the server, {dead.Count} dead letters, {dead.Except(stored).Count()} of them nowhere else");
        Assert.Equal(0, instruments["launchstack.agent.samples.dropped"]);
        Assert.Equal(taken, stored.Union(dead).Count());
        Assert.True(taken > Requests / 4, "the agent hardly worked");
    }

    public void Dispose() => _directory.Dispose();

    private HashSet<(Guid Instance, DateTimeOffset At)> DeadLetters() => Directory.GetFiles(_directory.Path, "dead*.ndjson")
        .SelectMany(File.ReadLines)
        .Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return ChaosBooks.Key(json.RootElement.GetProperty("sample"));
        })
        .ToHashSet();

    private IHost Build(Uri endpoint)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:Endpoint"] = endpoint.ToString(),
            ["Agent:Interval"] = "00:00:00.1",
            ["Agent:Machine"] = "false",
            ["Agent:Simulate"] = "10",
            ["Agent:StateDirectory"] = _directory.Path,
            ["Agent:Spool:SegmentBytes"] = "8192",
            ["Agent:Delivery:BatchSize"] = "100",
            ["Agent:Delivery:RequestTimeout"] = "00:00:01",
            ["Agent:Delivery:RetryMin"] = "00:00:00.01",
            ["Agent:Delivery:RetryMax"] = "00:00:00.05",
            ["Agent:Delivery:RefusedRetry"] = "00:00:00.01",
            ["Auth:Key"] = ScriptedIngest.Key,
        });
        builder.AddAgent();
        return builder.Build();
    }
}
