using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.Agent.Tests;

/// <summary>The agent as Program puts it together.</summary>
public sealed class AgentHostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WatchedTime _time = new();

    [Fact]
    public async Task Samples_of_machine_and_simulation_arrive_and_are_counted()
    {
        await using var server = await ScriptedIngest.StartAsync();
        using var host = Build(server.Address, simulate: 3);
        using var instruments = new Instruments(host);
        await host.StartAsync(TestContext.Current.CancellationToken);

        await _time.NextWaitAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await server.UntilStoredAsync(4);
        await host.StopAsync(TestContext.Current.CancellationToken);
        instruments.Observe();

        var machine = Guid.Parse(File.ReadAllText(_directory.File("instance-id")));
        Assert.Equal(Environment.MachineName, server.Registered[machine]);
        Assert.Contains("simulated-0002", server.Registered.Values);
        Assert.Equal(machine, server.Samples[0].GetProperty("instance_id").GetGuid());
        Assert.Equal(4, instruments["launchstack.agent.samples.taken"]);
        Assert.Equal(4, instruments["launchstack.agent.samples.sent"]);
        Assert.Equal(0, instruments["launchstack.agent.spool.samples"]);
        Assert.True(instruments.Has("launchstack.agent.spool.size"));
        Assert.True(instruments.Has("launchstack.agent.request.duration"));
    }

    [Fact]
    public void The_client_does_not_retry_beside_the_spool()
    {
        using var host = Build(new("http://127.0.0.1:9"), simulate: 0);
        var handler = host.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("IngestClient");
        var names = new List<string>();
        for (HttpMessageHandler? inner = handler; inner is not null; inner = (inner as DelegatingHandler)?.InnerHandler)
            names.Add(inner.GetType().Name);

        Assert.DoesNotContain(names, name => name.Contains("Resilience", StringComparison.Ordinal));
        Assert.Contains(names, name => name.Contains("Resolving", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_name_is_found_by_discovery()
    {
        await using var server = await ScriptedIngest.StartAsync();
        using var host = Build(new("http://ingest-api"), simulate: 0, ("services:ingest-api:http:0", server.Address.ToString()));
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _time.NextWaitAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await server.UntilStoredAsync(1);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();

    private IHost Build(Uri endpoint, int simulate, params (string Key, string Value)[] more)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:Endpoint"] = endpoint.ToString(),
            ["Agent:Simulate"] = $"{simulate}",
            ["Agent:StateDirectory"] = _directory.Path,
            ["Auth:Key"] = ScriptedIngest.Key,
        });
        builder.Configuration.AddInMemoryCollection(more.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)));
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.AddAgent();
        return builder.Build();
    }
}
