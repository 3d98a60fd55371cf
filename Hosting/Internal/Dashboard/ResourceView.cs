using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Engine;

namespace Aspire.Hosting.Internal.Dashboard;

/// <summary>A resource as the dashboard is told of it.</summary>
internal sealed record ResourceView(
    string Name, string? Parent, string Type, string State, string? Reason, string? Health, DateTimeOffset? StartedAt, DateTimeOffset? StoppedAt,
    int? Pid, int Restarts, int? ExitCode, IReadOnlyList<UrlView> Urls, IReadOnlyList<VariableView> Environment,
    IReadOnlyList<WaitView> WaitsFor, IReadOnlyList<CommandView> Commands, long Version)
{
    public static ResourceView Of(ResourceEvent change, RunningResource? running, IServiceProvider services)
    {
        var s = change.Snapshot;
        var annotations = change.Resource.Annotations;
        return new(
            change.ResourceId, change.ResourceId == change.Resource.Name ? null : change.Resource.Name, s.ResourceType, s.State, s.Reason, s.HealthStatus?.ToString(),
            s.StartTimeStamp, s.StopTimeStamp, s.Pid, s.Restarts, s.ExitCode,
            [.. annotations.OfType<EndpointAnnotation>().Zip(s.Urls, (endpoint, url) => new UrlView(endpoint.Name, url))],
            running is null ? [] : [.. running.Supervisor.Environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(VariableView.Of)],
            [.. annotations.OfType<WaitAnnotation>().Select(WaitView.Of)],
            running is null ? [] : [.. CommandView.BuiltIn(s.State), .. ResourceCommands.Views(change, services)], s.Version);
    }
}

/// <summary>An address.</summary>
internal sealed record UrlView(string Name, string Url);

/// <summary>An environment variable of the process.</summary>
internal sealed record VariableView(string Name, string Value, bool Secret)
{
    private static readonly string[] Telling = ["PASSWORD", "KEY", "TOKEN", "SECRET", "CONNECTIONSTRING", "_URI", "HEADERS"];

    public static VariableView Of(KeyValuePair<string, string> variable) =>
        new(variable.Key, variable.Value, Telling.Any(part => variable.Key.Contains(part, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>What a resource waits for, and until when.</summary>
internal sealed record WaitView(string Name, string Until)
{
    public static WaitView Of(WaitAnnotation wait) => new(wait.Target.Name, wait.Kind == WaitKind.Completion ? "finished" : "healthy");
}
