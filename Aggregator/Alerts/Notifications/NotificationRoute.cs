using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>A route, with what is never answered or logged.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Shown to people.</param>
/// <param name="Kind">Where it leads.</param>
/// <param name="Severities">Alerts of these are told.</param>
/// <param name="UserId">Only of this user's instances.</param>
/// <param name="Target">URL, or addresses with commas between. A URL's path is often a secret.</param>
/// <param name="Secret">Signs webhooks.</param>
/// <param name="Enabled">False: nothing is told.</param>
internal sealed record NotificationRoute(
    Guid Id, string Name, RouteKind Kind, IReadOnlyList<AlertSeverity> Severities, Guid? UserId, string? Target, byte[]? Secret, bool Enabled)
{
    /// <summary>The target as far as it may be shown.</summary>
    public string? ShownTarget => Kind == RouteKind.Webhook ? new Uri(Target!).GetLeftPart(UriPartial.Authority) + "/…" : Target;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} route {Id}";
}
