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
    Spool spool,
    AgentMetrics metrics,
    IOptions<AgentOptions> options,
    TimeProvider time,
    ILogger<SamplingLoop> logger) : BackgroundService
{
    /// <summary>Samples held in memory while the disk refuses them; a day of one instance.</summary>
    internal const int MaxUnwritten = 10_000;

    private readonly List<SpooledSample> _unwritten = [];

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
            if (_unwritten.Count > 0)
                Write([]);
        }
    }

    private List<UsageSample> Take()
    {
        var now = time.GetUtcNow();
        now = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        return sources.Select(source => source.Take(now)).ToList();
    }

    private void Write(List<UsageSample> samples)
    {
        var simulated = sources.Count(source => source.IsSimulated);
        if (samples.Count > 0)
            metrics.Taken(samples.Count - simulated, simulated);

        _unwritten.AddRange(samples.Select(SpooledSample.From));
        try
        {
            spool.Append(_unwritten.ConvertAll(sample => sample.Encode()));
            _unwritten.Clear();
        }
        catch (IOException failure)
        {
            // A full or broken disk: the samples stay in memory and go with the next round.
            var lost = Math.Max(0, _unwritten.Count - MaxUnwritten);
            _unwritten.RemoveRange(0, lost);
            if (lost > 0)
                metrics.Dropped(lost, "unwritten");
            LogNotWritten(failure.Message, _unwritten.Count, lost);
        }
    }

    [LoggerMessage(EventName = "SamplingStarted", Level = LogLevel.Information, Message = "Sampling {Instances} instances every {Interval}")]
    private partial void LogStarted(int instances, TimeSpan interval);

    [LoggerMessage(EventName = "SamplesNotWritten", Level = LogLevel.Error,
        Message = "Samples could not be written to the spool ({Reason}): {Held} are held in memory, {Lost} of the oldest are lost")]
    private partial void LogNotWritten(string reason, int held, int lost);
}
