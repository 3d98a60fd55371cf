using LaunchStack.Usage;
using LaunchStack.Contracts;
using MassTransit;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>
/// Refreshes the rollups where samples were committed. Events of some seconds share a refresh; they are acknowledged after it, so a
/// crash or a failure brings them back, and refreshing again changes nothing.
/// </summary>
internal sealed partial class UsageIngestedConsumer(
    RollupRefresher refresher, TimeProvider time, ILogger<UsageIngestedConsumer> logger) : IConsumer<Batch<UsageIngested>>
{
    public async Task Consume(ConsumeContext<Batch<UsageIngested>> context)
    {
        var batch = context.Message;
        using var activity = RollupTelemetry.StartBatch(batch);
        var touched = TimeWindow.Merge(batch.Select(m => new TimeWindow(m.Message.First, m.Message.Last + TimeSpan.FromTicks(1))));

        var refreshed = await refresher.RefreshAsync(touched, context.CancellationToken);
        foreach (var window in refreshed)
            await context.Publish(window, context.CancellationToken);

        RollupTelemetry.BatchSize.Record(batch.Length);
        foreach (var message in batch)
            RollupTelemetry.Lag.Record((time.GetUtcNow() - message.Message.CommittedAt).TotalSeconds);
        Refreshed(batch.Length, refreshed.Count);
    }

    [LoggerMessage(1, LogLevel.Debug, "{Events} events, {Windows} windows refreshed", EventName = "RollupsRefreshed")]
    private partial void Refreshed(int events, int windows);
}
