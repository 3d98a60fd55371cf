namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>How a test of a route ended.</summary>
/// <param name="Delivered">Whether the other side took it.</param>
/// <param name="Error">Why not.</param>
internal sealed record RouteTest(bool Delivered, string? Error);
