namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Carries a notification to routes of one kind.</summary>
internal interface INotificationSender
{
    /// <summary>The kind.</summary>
    RouteKind Kind { get; }

    /// <summary>Returns once the other side has taken it.</summary>
    /// <param name="route">Where to.</param>
    /// <param name="id">The idempotency key.</param>
    /// <param name="payload">A <see cref="NotificationMessage"/> as JSON, the same bytes in every attempt.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NotificationException">It was not taken, or nobody knows.</exception>
    Task SendAsync(NotificationRoute route, Guid id, string payload, CancellationToken cancellationToken);
}
