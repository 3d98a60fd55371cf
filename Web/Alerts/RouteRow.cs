namespace LaunchStack.Web.Alerts;

/// <summary>Where notifications go.</summary>
internal sealed record RouteRow(Guid Id, string Name, string Kind, IReadOnlyList<string> Severities, Guid? UserId, string? Target, bool Enabled)
{
    /// <summary>The service's log is always there: it is neither changed nor ended.</summary>
    public bool IsFixed => Kind == "log";
}
