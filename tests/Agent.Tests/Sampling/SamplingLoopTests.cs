using System.Diagnostics.Metrics;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Tests.Sampling;

public sealed class SamplingLoopTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WatchedTime _time = new();
    private readonly SentLog _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public async Task The_first_samples_come_after_a_second_and_the_others_every_interval()
    {
        using var spool = Spool.Open(_directory.Path, new SpoolOptions(), _ => { }, _log);
        using var loop = Loop(spool);
        await loop.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextWaitAsync());
        Assert.Equal(0, spool.Waiting);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(10), await _time.NextWaitAsync());
        await spool.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, spool.Waiting);
        spool.Acknowledge(spool.Peek(2)[1]);

        _time.Advance(TimeSpan.FromSeconds(10));
        await spool.WaitAsync(TestContext.Current.CancellationToken);
        await loop.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, spool.Waiting);
        var sample = System.Text.Encoding.UTF8.GetString(SpooledSample.Decode(spool.Peek(1)[0].Payload).Json.Span);
        Assert.Contains("\"timestamp\":\"2026-11-23T10:00:11Z\"", sample, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _services.Dispose();
        _directory.Dispose();
    }

    private SamplingLoop Loop(Spool spool) => new(
        [new SimulatedInstance(1, 0), new SimulatedInstance(1, 1)],
        spool,
        new AgentMetrics(_services.GetRequiredService<IMeterFactory>(), _time),
        Options.Create(new AgentOptions()),
        _time,
        _log.CreateLogger<SamplingLoop>());
}
