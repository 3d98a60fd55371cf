using System.Diagnostics.Metrics;
using LaunchStack.Usage.Background;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace LaunchStack.ServiceDefaults;

/// <summary>
/// Shows what waits in the error queues: as a metric, and as a degraded health check with the way out. It counts by itself, so that
/// whoever asks waits for no broker.
/// </summary>
internal sealed class ErrorQueueMonitor : RecurringService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly Meter Meter = new("LaunchStack.Messaging");

    private readonly ErrorQueues _queues;
    private volatile IReadOnlyDictionary<string, long> _counts = new Dictionary<string, long>();

    public ErrorQueueMonitor(ErrorQueues queues, TimeProvider time, ILogger<ErrorQueueMonitor> logger)
        : base(time, logger)
    {
        _queues = queues;
        Meter.CreateObservableGauge(
            "launchstack.messaging.error_queue.messages",
            () => _counts.Select(c => new Measurement<long>(c.Value, new KeyValuePair<string, object?>("messaging.destination.name", ErrorQueueNames.ErrorQueue(c.Key)))),
            "{message}", "Messages that could not be handled and wait to be put back, by error queue.");
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var waiting = _counts.Where(c => c.Value > 0).Select(c => $"{c.Value} in {ErrorQueueNames.ErrorQueue(c.Key)}").ToList();
        return Task.FromResult(waiting.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"Messages could not be handled: {string.Join(", ", waiting)}. requeue-errors puts them back."));
    }

    public override string Work => "Watching of the error queues";

    // With the broker away the last counts still stand.
    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        _counts = await _queues.CountAsync(stoppingToken);
        return Interval;
    }

    protected override bool IsOutage(Exception e) => e is BrokerUnavailableException;
}
