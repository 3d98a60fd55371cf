using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Internal.Dashboard;

/// <summary>A command that the dashboard offers.</summary>
internal sealed record CommandView(string Name, string DisplayName, string Description, string? Confirmation, bool Enabled, bool Highlighted = false)
{
    public static IReadOnlyList<CommandView> BuiltIn(string state)
    {
        var over = KnownResourceStates.IsOver(state);
        return
        [
            new("start", "Start", "Starts the resource.", null, over),
            new("stop", "Stop", "Stops the resource; what depends on it goes on.", "Stop this resource?", !over),
            new("restart", "Restart", "Stops the resource and starts it again.", null, !over),
        ];
    }
}
