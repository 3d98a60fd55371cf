using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>A route as it is answered: without the secret, and of a URL the host only.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Shown to people.</param>
/// <param name="Kind">Where it leads.</param>
/// <param name="Severities">Alerts of these are told.</param>
/// <param name="UserId">Only of this user's instances.</param>
/// <param name="Target">Where to, as far as it may be shown.</param>
/// <param name="Enabled">Whether anything is told.</param>
internal sealed record RouteView(Guid Id, string Name, string Kind, IReadOnlyList<string> Severities, Guid? UserId, string? Target, bool Enabled)
{
    public static RouteView Of(NotificationRoute route) => new(
        route.Id, route.Name, WireNames.Of(route.Kind), [.. route.Severities.Select(WireNames.Of)], route.UserId, route.ShownTarget, route.Enabled);
}
