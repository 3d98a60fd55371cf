namespace LaunchStack.Web.Alerts;

/// <summary>A notification and what became of it.</summary>
internal sealed record NotificationRow(
    Guid Id, Guid RouteId, string State, long Alerts, int Attempts, DateTimeOffset DueAt, string? LastError, DateTimeOffset CreatedAt, DateTimeOffset? SentAt);
