using System.Text.Json;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Notifications as JSON: snake_case, as everywhere on the wire.</summary>
internal static class NotificationJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Write(NotificationMessage message) => JsonSerializer.Serialize(message, Options);

    public static NotificationMessage Read(string payload) => JsonSerializer.Deserialize<NotificationMessage>(payload, Options)!;
}
