using LaunchStack.Contracts;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using MassTransit;
using MassTransit.Middleware.Rescue;
using MassTransit.Transports;
using Npgsql;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>
/// Refreshes the rollups where samples were committed. Events of some seconds share a refresh; they are acknowledged after it, so a
/// crash or a failure brings them back, and refreshing again changes nothing. An event that cannot be handled goes to the error queue
/// alone: a batch that fails is halved until it is found.
/// </summary>
internal sealed partial class UsageIngestedConsumer(
    RollupRefresher refresher, DatabaseExecutor database, TimeProvider time, ILogger<UsageIngestedConsumer> logger) : IConsumer<Batch<UsageIngested>>
{
    public async Task Consume(ConsumeContext<Batch<UsageIngested>> context)
    {
        var batch = context.Message;
        using var activity = RollupTelemetry.StartBatch(batch);
        foreach (var window in await RefreshAsync(batch.ToArray(), context.CancellationToken))
            await context.Publish(window, context.CancellationToken);
        RollupTelemetry.BatchSize.Record(batch.Length);
    }

    private async Task<IReadOnlyList<UsageRolledUp>> RefreshAsync(ArraySegment<ConsumeContext<UsageIngested>> events, CancellationToken cancellationToken)
    {
        try
        {
            var touched = TimeWindow.Merge(events.Select(e => new TimeWindow(e.Message.First, e.Message.Last + TimeSpan.FromTicks(1))));
            var refreshed = await database.RunInBackgroundAsync(token => refresher.RefreshAsync(touched, token), cancellationToken);
            foreach (var e in events)
                RollupTelemetry.Lag.Record((time.GetUtcNow() - e.Message.CommittedAt).TotalSeconds);
            Refreshed(events.Count, refreshed.Count);
            return refreshed;
        }
        catch (Exception e) when (!IsPassing(e) && events.Count > 1)
        {
            var middle = events.Count / 2;
            return [.. await RefreshAsync(events[..middle], cancellationToken), .. await RefreshAsync(events[middle..], cancellationToken)];
        }
        catch (Exception e) when (!IsPassing(e) && events[0].ReceiveContext.TryGetPayload(out IErrorTransport? errors))
        {
            // A batch succeeds or fails as a whole: what would take the others with it is moved as the bus itself would move it.
            SetAside(events[0].MessageId, e);
            await errors.Send(new RescueExceptionReceiveContext(events[0].ReceiveContext, e));
            return [];
        }
    }

    // Says nothing about an event: the same again may succeed, and the bus tries it again. A disposed connection is that of a service
    // that ends while it waits.
    private static bool IsPassing(Exception e) => e switch
    {
        PostgresException p => p.IsTransient || PostgresErrors.IsOutage(p),
        DatabaseUnavailableException { InnerException: PostgresException refused } => IsPassing(refused),
        _ => e is NpgsqlException or DatabaseUnavailableException or TimeoutException or OperationCanceledException or ObjectDisposedException,
    };

    [LoggerMessage(1, LogLevel.Debug, "{Events} events, {Windows} windows refreshed", EventName = "RollupsRefreshed")]
    private partial void Refreshed(int events, int windows);

    [LoggerMessage(2, LogLevel.Error, "Event {MessageId} cannot be handled and waits in the error queue", EventName = "EventSetAside")]
    private partial void SetAside(Guid? messageId, Exception reason);
}
