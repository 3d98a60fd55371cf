namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Writes one line an alert into the log.</summary>
internal sealed partial class LogSender(ILogger<LogSender> logger) : INotificationSender
{
    public RouteKind Kind => RouteKind.Log;

    public Task SendAsync(NotificationRoute route, Guid id, string payload, CancellationToken cancellationToken)
    {
        var data = NotificationJson.Read(payload).Data;
        foreach (var alert in data.Alerts)
            Told(alert.Event == "resolved" ? LogLevel.Information : LogLevel.Warning, alert);
        if (data.Count > data.Alerts.Count)
            More(data.Count - data.Alerts.Count);
        return Task.CompletedTask;
    }

    [LoggerMessage(EventId = 1, EventName = "AlertTold", Message = "Alert {Alert}")]
    private partial void Told(LogLevel level, NotifiedAlert alert);

    [LoggerMessage(2, LogLevel.Warning, "and {More} more alerts", EventName = "MoreAlertsTold")]
    private partial void More(int more);
}
