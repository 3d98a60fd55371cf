namespace LaunchStack.Web.Alerts;

/// <summary>The form of a route.</summary>
public sealed class RouteForm
{
    public string? Name { get; set; }

    public string? Kind { get; set; } = "webhook";

    /// <summary>A URL, or mail addresses with commas between; empty: of a webhook that is changed, the one that it has.</summary>
    public string? Target { get; set; }

    public string? UserId { get; set; }

    /// <summary>Check boxes of one name.</summary>
    public IReadOnlyList<string> Severities { get; internal set; } = [];

    /// <summary>A check box: what is not sent is off.</summary>
    public bool Enabled { get; set; }

    /// <summary>A route as it is; of a webhook nobody is shown the whole URL.</summary>
    internal static RouteForm Of(RouteRow route) => new()
    {
        Name = route.Name, Kind = route.Kind, Target = route.Kind == "email" ? route.Target : null, UserId = route.UserId?.ToString(),
        Severities = route.Severities, Enabled = route.Enabled,
    };

    /// <summary>The body for the aggregator.</summary>
    /// <param name="secret">Of a webhook; null: the one that it has.</param>
    /// <exception cref="FormatException">The id is none.</exception>
    internal RouteBody ToBody(string? secret)
    {
        var target = string.IsNullOrWhiteSpace(Target) ? null : Target.Trim();
        var user = FormField.Id(UserId);
        return Kind == "email"
            ? new(Name, Kind, Severities, user, null, null, target?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [], Enabled)
            : new(Name, Kind, Severities, user, target, secret, null, Enabled);
    }
}
