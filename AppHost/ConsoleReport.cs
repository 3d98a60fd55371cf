using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.AppHost;

/// <summary>Says on the console when everything is up, and where; and what failed, with its last words.</summary>
internal sealed class ConsoleReport(
    StateDirectory state, DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService logs, IConfiguration configuration,
    IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private const int LastWords = 12;
    private const string DashboardName = "aspire-dashboard";
    private readonly Dictionary<string, ResourceEvent> _latest = [];
    private readonly HashSet<string> _failed = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        var ready = false;
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping.Token))
            {
                _latest[change.ResourceId] = change;
                if (HasFailed(change.Snapshot) && !FollowsAFailure(change.Resource) && _failed.Add(change.ResourceId))
                    await ReportFailureAsync(change, stopping.Token);
                if (!HasFailed(change.Snapshot))
                    _failed.Remove(change.ResourceId);
                if (!ready && IsReady())
                {
                    ready = true;
                    await ReportReadyAsync(stopping.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The system stops; how its parts end then is nobody's concern.
        }
    }

    /// <summary>What starts by itself; the dashboard has a line of its own.</summary>
    private IEnumerable<IResource> Parts => model.Resources.Where(resource =>
        (resource is ProjectResource or ExecutableResource || resource.IsContainer())
        && resource.Name != DashboardName && !resource.HasAnnotationOfType<ExplicitStartupAnnotation>());

    private bool IsReady() => Parts.All(part => Of(part) is { Length: > 0 } replicas && replicas.All(r => IsUp(r.Snapshot)));

    private ImmutableArray<ResourceEvent> Of(IResource part) => [.. _latest.Values.Where(e => e.Resource == part).OrderBy(e => e.ResourceId, StringComparer.Ordinal)];

    // The id has a suffix that tells replicas apart; a single one needs none.
    private string Label(ResourceEvent e) => Of(e.Resource).Length > 1 ? e.ResourceId : e.Resource.Name;

    private static bool IsUp(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.Running ? snapshot.HealthStatus is HealthStatus.Healthy or HealthStatus.Degraded : HasEnded(snapshot) && snapshot.ExitCode == 0;

    private static bool HasEnded(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text is { } state && (state == KnownResourceStates.Exited || state == KnownResourceStates.Finished);

    private static bool HasFailed(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.FailedToStart || HasEnded(snapshot) && snapshot.ExitCode is not (0 or null);

    /// <summary>It did not start because what it waits for failed: named there.</summary>
    private bool FollowsAFailure(IResource resource) => resource.Annotations.OfType<WaitAnnotation>()
        .Any(wait => _latest.Values.Any(e => e.Resource == wait.Resource && HasFailed(e.Snapshot)));

    private async Task ReportReadyAsync(CancellationToken cancellationToken)
    {
        var rows = Parts.SelectMany(part => Of(part)).Select(e => (
            Name: Label(e), State: e.Snapshot.HealthStatus?.ToString() ?? e.Snapshot.State?.Text ?? "",
            Address: string.Join(' ', e.Snapshot.Urls.Where(url => !url.IsInternal).Select(url => url.Url)))).ToList();
        var (name, width) = (rows.Max(row => row.Name.Length), rows.Max(row => row.State.Length));
        var parameters = model.Resources.OfType<ParameterResource>().ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        Console.WriteLine();
        foreach (var row in rows)
            Console.WriteLine($"  {row.Name.PadRight(name)}  {row.State.PadRight(width)}  {row.Address}".TrimEnd());
        Console.WriteLine($"\n  state      {state.Path}");
        if (parameters.TryGetValue("admin-key", out var key))
            Console.WriteLine($"  admin key  {await key.GetValueAsync(cancellationToken)}");
        if (parameters.TryGetValue("web-login", out var token) && model.Resources.OfType<ProjectResource>().FirstOrDefault(resource => resource.Name == "web") is { } web)
            Console.WriteLine($"  web        {web.GetEndpoint("http").Url}/login?t={await token.GetValueAsync(cancellationToken)}");
        if (model.Resources.FirstOrDefault(resource => resource.Name == DashboardName) is IResourceWithEndpoints dashboard)
            Console.WriteLine($"  dashboard  {dashboard.GetEndpoint("http").Url}/login?t={configuration["AppHost:BrowserToken"]}");
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"\nready in {(time.GetUtcNow() - process.StartTime.ToUniversalTime()).TotalSeconds:0.0} s");
    }

    private async Task ReportFailureAsync(ResourceEvent failed, CancellationToken cancellationToken)
    {
        foreach (var line in await LastWordsAsync(failed, cancellationToken))
            Console.Error.WriteLine($"  {Label(failed)}: {line}");
        var waiting = string.Join(", ", _latest.Values.Where(e => e != failed && e.Snapshot.State?.Text is { } text
            && (text == KnownResourceStates.Waiting || text == KnownResourceStates.FailedToStart)).Select(Label));
        Console.Error.WriteLine(
            $"error: {Label(failed)} failed ({(failed.Snapshot.ExitCode is { } code ? $"exit code {code}" : "did not start")}); its whole log: aspire logs {failed.Resource.Name}"
            + (waiting.Length > 0 ? $"; not started: {waiting}" : ""));
    }

    private async Task<IEnumerable<string>> LastWordsAsync(ResourceEvent failed, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await foreach (var batch in logs.GetAllAsync(failed.ResourceId).WithCancellation(limit.Token))
                lines.AddRange(batch.Select(line => line.Content));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What never ran has a log without an end; of what was started again meanwhile DCP refuses the old one. No reason for the system to stop.
        }

        // Each begins with its time; what DCP says of the process is marked.
        return lines.Where(line => !line.Contains(" [sys] ", StringComparison.Ordinal)).Order(StringComparer.Ordinal).TakeLast(LastWords);
    }
}
