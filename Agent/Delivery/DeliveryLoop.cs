using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Delivery;

/// <summary>Empties the spool for as long as the agent runs, waits when Ingest.Api cannot take it, and says which of the two it does.</summary>
internal sealed partial class DeliveryLoop(
    Spool spool,
    UsageSender sender,
    Backoff backoff,
    BearerKey key,
    AgentMetrics metrics,
    IOptions<AgentOptions> options,
    TimeProvider time,
    ILogger<DeliveryLoop> logger) : BackgroundService
{
    private static readonly TimeSpan SummaryEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastRequest = TimeSpan.FromSeconds(3);
    private long? _unavailableSince;
    private bool _catchingUp;
    private bool _greeted;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var left = spool.Waiting;
        _catchingUp = left > 0;
        LogStarted(options.Value.Endpoint, left);
        var summary = (At: time.GetTimestamp(), Counts: metrics.Totals);
        try
        {
            while (true)
            {
                await spool.WaitAsync(stoppingToken);
                var obstacle = await TrySendAsync(stoppingToken);
                if (obstacle is null)
                    SayDelivered();
                else
                    await WaitAsync(obstacle, stoppingToken);

                if (time.GetElapsedTime(summary.At) >= SummaryEvery)
                {
                    var totals = metrics.Totals;
                    LogSummary(totals.Sent - summary.Counts.Sent, totals.Dead - summary.Counts.Dead, spool.Waiting);
                    summary = (time.GetTimestamp(), totals);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped(spool.Waiting);
        }
    }

    private async Task<IngestAnswer?> TrySendAsync(CancellationToken stoppingToken)
    {
        // A request under way when the agent stops may finish: cut off, its samples would be sent again at the next start.
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = stoppingToken.Register(() => patience.CancelAfter(LastRequest));
        try
        {
            return await sender.SendBatchAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new OperationCanceledException(stoppingToken);
        }
    }

    private async Task WaitAsync(IngestAnswer obstacle, CancellationToken cancellationToken)
    {
        var wait = backoff.Next(obstacle);
        _unavailableSince ??= time.GetTimestamp();
        if (obstacle is IngestAnswer.Misconfigured wrong)
            LogMisconfigured(options.Value.Endpoint, wrong.Reason, key.Source, spool.Waiting, wait);
        else
            LogUnavailable(options.Value.Endpoint, obstacle is IngestAnswer.Unavailable unavailable ? unavailable.Reason : "unknown", spool.Waiting, wait);
        await Task.Delay(wait, time, cancellationToken);
    }

    private void SayDelivered()
    {
        backoff.Reset();
        var waiting = spool.Waiting;
        if (_unavailableSince is { } since)
        {
            var outage = time.GetElapsedTime(since);
            LogBack(outage, waiting);
            (_unavailableSince, _catchingUp) = (null, waiting > 0);
        }
        else if (_catchingUp && waiting == 0)
        {
            LogCaughtUp(metrics.Totals.Sent);
            _catchingUp = false;
        }
        else if (!_greeted)
        {
            LogFirst(options.Value.Endpoint, metrics.Totals.Sent);
        }

        _greeted = true;
    }

    [LoggerMessage(EventName = "DeliveryStarted", Level = LogLevel.Information, Message = "Sending to {Endpoint}; {Waiting} samples of an earlier run wait")]
    private partial void LogStarted(Uri endpoint, long waiting);

    [LoggerMessage(EventName = "FirstDelivery", Level = LogLevel.Information, Message = "{Endpoint} takes samples: the first {Sent} are delivered")]
    private partial void LogFirst(Uri endpoint, long sent);

    [LoggerMessage(EventName = "IngestUnavailable", Level = LogLevel.Warning,
        Message = "{Endpoint} is unavailable ({Reason}): {Waiting} samples are kept on disk, next try in {Wait}")]
    private partial void LogUnavailable(Uri endpoint, string reason, long waiting, TimeSpan wait);

    [LoggerMessage(EventName = "IngestRefuses", Level = LogLevel.Error,
        Message = "{Endpoint} refuses the agent ({Reason}): check {Key} and Agent:Endpoint. {Waiting} samples are kept on disk, next try in {Wait}")]
    private partial void LogMisconfigured(Uri endpoint, string reason, string key, long waiting, TimeSpan wait);

    [LoggerMessage(EventName = "IngestBack", Level = LogLevel.Information, Message = "Delivering again after {Outage}; {Waiting} samples are still to be sent")]
    private partial void LogBack(TimeSpan outage, long waiting);

    [LoggerMessage(EventName = "CaughtUp", Level = LogLevel.Information, Message = "Caught up: nothing waits, {Sent} samples sent since start")]
    private partial void LogCaughtUp(long sent);

    [LoggerMessage(EventName = "DeliverySummary", Level = LogLevel.Information, Message = "Since the last summary: {Sent} samples sent, {Dead} dead letters; {Waiting} wait")]
    private partial void LogSummary(long sent, long dead, long waiting);

    [LoggerMessage(EventName = "DeliveryStopped", Level = LogLevel.Information, Message = "Stopped; {Waiting} samples stay on disk for the next start")]
    private partial void LogStopped(long waiting);
}
