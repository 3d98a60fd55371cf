using System.Diagnostics.Metrics;
using System.Text.Json;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Tests.Sampling;

public sealed class SamplingLoopTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WatchedTime _time = new();
    private readonly SentLog _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Spool _spool;

    public SamplingLoopTests() => _spool = Spool.Open(_directory.Path, new SpoolOptions(), _ => { }, _log);

    [Fact]
    public async Task The_first_samples_come_after_a_second_and_the_others_every_interval()
    {
        using var loop = Loop(new SimulatedInstance(1, 0), new SimulatedInstance(1, 1));
        await loop.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextWaitAsync());
        Assert.Equal(0, _spool.Waiting);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(10), await _time.NextWaitAsync());
        Assert.Equal(2, (await RoundAsync()).Length);

        _time.Advance(TimeSpan.FromSeconds(10));
        var samples = await RoundAsync();
        await loop.StopAsync(TestContext.Current.CancellationToken);

        Assert.All(samples, at => Assert.Equal(_time.Start.AddSeconds(11), at));
        Assert.Equal(0, _spool.Waiting);
    }

    [Fact]
    public async Task However_the_clock_is_set_a_sample_is_taken_every_interval_and_none_has_anothers_time()
    {
        using var loop = Loop(new SimulatedInstance(1, 0));
        await loop.StartAsync(TestContext.Current.CancellationToken);
        await _time.NextWaitAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.NextWaitAsync();
        var times = (await RoundAsync()).ToList();

        foreach (var seconds in new[] { 0, 3600, -10, -20, -86_400 * 400, 86_400 * 400, -3610, 0 })
        {
            _time.AdjustTime(_time.GetUtcNow().AddSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(9.999));
            Assert.Equal(0, _spool.Waiting);
            _time.Advance(TimeSpan.FromSeconds(0.001));
            times.AddRange(await RoundAsync());
        }

        await loop.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(9, times.Distinct().Count());
    }

    public void Dispose()
    {
        _spool.Dispose();
        _services.Dispose();
        _directory.Dispose();
    }

    /// <summary>The times of the next round of samples.</summary>
    private async Task<DateTimeOffset[]> RoundAsync()
    {
        await _spool.WaitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        var records = _spool.Peek(100);
        _spool.Acknowledge(records[^1]);
        return records.Select(record =>
        {
            using var json = JsonDocument.Parse(SpooledSample.Decode(record.Payload).Json);
            return json.RootElement.GetProperty("timestamp").GetDateTimeOffset();
        }).ToArray();
    }

    private SamplingLoop Loop(params IUsageSource[] sources) => new(
        sources,
        new SampleClock(_time, _log.Of<SampleClock>()),
        _spool,
        new AgentMetrics(_services.GetRequiredService<IMeterFactory>(), _time),
        Options.Create(new AgentOptions()),
        _time,
        _log.Of<SamplingLoop>());
}
