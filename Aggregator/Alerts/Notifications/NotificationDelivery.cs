using System.Diagnostics;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>One attempt, by the sender of the route's kind, with its span and its count.</summary>
internal sealed class NotificationDelivery(IEnumerable<INotificationSender> senders)
{
    private readonly Dictionary<RouteKind, INotificationSender> _senders = senders.ToDictionary(s => s.Kind);

    /// <summary>Null when the other side has taken it; else the reason.</summary>
    public async Task<string?> TryAsync(NotificationRoute route, Guid id, string payload, CancellationToken cancellationToken)
    {
        var kind = WireNames.Of(route.Kind);
        using var activity = AlertTelemetry.StartNotification(id, kind);
        string? error = null;
        try
        {
            await _senders[route.Kind].SendAsync(route, id, payload, cancellationToken);
        }
        catch (NotificationException e)
        {
            error = e.Message;
            activity?.SetStatus(ActivityStatusCode.Error, error);
        }
        AlertTelemetry.Notifications.Add(1, new("kind", kind), new("outcome", error is null ? "success" : "failure"));
        return error;
    }
}
