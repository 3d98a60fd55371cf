namespace LaunchStack.Web.Alerts;

/// <summary>Where notifications go.</summary>
internal sealed record RouteRow(Guid Id, string Name, string Kind, IReadOnlyList<string> Severities, string? Target, bool Enabled);
