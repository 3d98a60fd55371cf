namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>What a route is told: the body of a webhook, and what the log and a mail are made from.</summary>
/// <param name="Type"><c>alerts.changed</c>, or <c>alerts.test</c>.</param>
/// <param name="Timestamp">When it was put together.</param>
/// <param name="Data">The alerts.</param>
internal sealed record NotificationMessage(string Type, DateTimeOffset Timestamp, NotificationData Data)
{
    public const string Changed = "alerts.changed";
    public const string Test = "alerts.test";
}
