using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>
/// Sends what is due: at least once, since a sender that dies between the other side's answer and its own note sends again, under the
/// same id.
/// </summary>
internal sealed partial class NotificationService(
    UsageReader reader, DatabaseExecutor database, NotificationQueue queue, NotificationDelivery delivery, TimeProvider time,
    ILogger<NotificationService> logger) : RecurringService(time, logger, reader)
{
    // A receiver that hangs holds up only its own.
    private const int AtOnce = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private readonly ILogger _logger = logger;
    private long? _prunedAt;

    public override string Work => "Sending of notifications";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        while (await SendDueAsync(stoppingToken) > 0)
        {
        }
        if (_prunedAt is not { } last || Time.GetElapsedTime(last) > PruneEvery)
        {
            await database.RunInBackgroundAsync(queue.PruneAsync, stoppingToken);
            _prunedAt = Time.GetTimestamp();
        }
        return Pause;
    }

    /// <summary>Sends those that are due, some at once.</summary>
    /// <returns>How many there were.</returns>
    internal async Task<int> SendDueAsync(CancellationToken cancellationToken)
    {
        var due = await database.RunInBackgroundAsync(queue.ClaimAsync, cancellationToken);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (notification, token) =>
        {
            var error = notification.Route is { } route
                ? await delivery.TryAsync(route, notification.Id, notification.Payload ?? await database.RunInBackgroundAsync(t => queue.ComposeAsync(notification.Id, Time.GetUtcNow(), t), token), token)
                : "The route was deleted.";
            if (error is null)
                await database.RunInBackgroundAsync(t => queue.SentAsync(notification.Id, t), token);
            else if (!await database.RunInBackgroundAsync(t => queue.AttemptFailedAsync(notification, error, t), token))
                Failed(notification.Id, notification.Attempts, error);
        });
        return due.Count;
    }

    [LoggerMessage(2, LogLevel.Error, "Notification {Notification} failed for good after {Attempts} attempts: {Reason}", EventName = "NotificationFailed")]
    private partial void Failed(Guid notification, int attempts, string reason);
}
