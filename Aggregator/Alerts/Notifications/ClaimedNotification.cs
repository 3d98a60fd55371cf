namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>A notification that this process is to send now.</summary>
/// <param name="Id">Its id, the idempotency key.</param>
/// <param name="Attempts">With this one.</param>
/// <param name="Payload">Null before the first attempt.</param>
/// <param name="Route">Where to; null when the route was deleted meanwhile.</param>
internal sealed record ClaimedNotification(Guid Id, int Attempts, string? Payload, NotificationRoute? Route);
