namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>A notification and what became of it.</summary>
/// <param name="Id">The idempotency key.</param>
/// <param name="RouteId">Where to.</param>
/// <param name="State"><c>collecting</c>, <c>waiting</c> (for the next attempt), <c>sent</c> or <c>failed</c>.</param>
/// <param name="Alerts">How many alerts it tells of.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="DueAt">When the next attempt is due.</param>
/// <param name="LastError">Why the last one that failed did.</param>
/// <param name="CreatedAt">When its first alert came.</param>
/// <param name="SentAt">When it was taken.</param>
internal sealed record NotificationView(
    Guid Id, Guid RouteId, string State, long Alerts, int Attempts, DateTimeOffset DueAt, string? LastError, DateTimeOffset CreatedAt, DateTimeOffset? SentAt);
