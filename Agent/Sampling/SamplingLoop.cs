using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Sampling;

/// <summary>Measures every instance once an interval and puts the samples on disk.</summary>
internal sealed partial class SamplingLoop(
    IReadOnlyList<IUsageSource> sources,
    SampleClock clock,
    Spool spool,
    AgentMetrics metrics,
    IOptions<AgentOptions> options,
    TimeProvider time,
    ILogger<SamplingLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Value.Interval;
        LogStarted(sources.Count, interval);

        // CPU use is a difference: the first reading is only there to be subtracted from.
        Take();
        try
        {
            await Task.Delay(interval < TimeSpan.FromSeconds(1) ? interval : TimeSpan.FromSeconds(1), time, stoppingToken);
            using var timer = new PeriodicTimer(interval, time);
            do
            {
                Write(Take());
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was taken is in the spool.
        }
    }

    private List<UsageSample> Take()
    {
        var now = clock.Next();
        return sources.Select(source => source.Take(now)).ToList();
    }

    private void Write(List<UsageSample> samples)
    {
        var simulated = sources.Count(source => source.IsSimulated);
        metrics.Taken(samples.Count - simulated, simulated);
        spool.Append(samples.ConvertAll(sample => SpooledSample.From(sample).Encode()));
    }

    [LoggerMessage(EventName = "SamplingStarted", Level = LogLevel.Information, Message = "Sampling {Instances} instances every {Interval}")]
    private partial void LogStarted(int instances, TimeSpan interval);
}
