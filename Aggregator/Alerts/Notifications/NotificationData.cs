namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>The alerts of a notification.</summary>
/// <param name="NotificationId">The idempotency key: the same in every attempt.</param>
/// <param name="Count">How many alerts there are.</param>
/// <param name="Alerts">At most 100 of them; the rest is at <c>/v1/alerts</c>.</param>
internal sealed record NotificationData(Guid NotificationId, int Count, IReadOnlyList<NotifiedAlert> Alerts);
