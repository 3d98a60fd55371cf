namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>An attempt failed. The message is shown to administrators: it holds no path of a URL and no secret.</summary>
internal sealed class NotificationException(string message, Exception? cause = null) : Exception(message, cause);
