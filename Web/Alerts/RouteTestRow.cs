namespace LaunchStack.Web.Alerts;

/// <summary>How a test of a route ended.</summary>
internal sealed record RouteTestRow(bool Delivered, string? Error);
