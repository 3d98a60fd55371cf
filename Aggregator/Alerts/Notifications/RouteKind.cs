namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Where a route leads.</summary>
internal enum RouteKind
{
    /// <summary>The service's log; always there.</summary>
    Log,

    /// <summary>A POST, signed as Standard Webhooks says.</summary>
    Webhook,

    /// <summary>A mail.</summary>
    Email,
}
