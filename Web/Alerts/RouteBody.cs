namespace LaunchStack.Web.Alerts;

/// <summary>A route as the aggregator takes it.</summary>
internal sealed record RouteBody(
    string? Name, string? Kind, IReadOnlyList<string> Severities, Guid? UserId, string? Url, string? Secret, IReadOnlyList<string>? To, bool Enabled);
