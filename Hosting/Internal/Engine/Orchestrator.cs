using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Launch;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Engine;

/// <summary>Starts all resources, each as soon as what it waits for allows, and stops them in reverse order.</summary>
internal sealed class Orchestrator(
    IReadOnlyList<IResource> resources, EngineOptions options, StateDirectory state, LaunchPlanner planner,
    ResourceNotificationService notifications, TimeProvider time) : IDisposable
{
    private readonly List<(ResourceSupervisor Supervisor, CancellationTokenSource Stop)> _running = [];
    private readonly List<ResourceLog> _logs = [];

    public void Start()
    {
        AllocatePorts();
        var awaited = resources.SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
            .Where(w => w.Kind == WaitKind.Completion).Select(w => w.Resource).ToHashSet();

        foreach (var resource in resources)
        {
            if (resource is ConnectionStringResource)
            {
                notifications.Publish(resource, resource.Name, ResourceSupervisor.Initial(resource),
                    s => s with { State = KnownResourceStates.Healthy, Reason = "given by the environment" });
                continue;
            }
            if (!LaunchPlanner.CanLaunch(resource))
                continue;
            var replicas = Replicas(resource);
            for (var i = 0; i < replicas; i++)
            {
                var id = replicas == 1 ? resource.Name : $"{resource.Name}-{i}";
                var log = new ResourceLog(state.Logs, id);
                _logs.Add(log);
                notifications.Publish(resource, id, ResourceSupervisor.Initial(resource), s => s);
                _running.Add((new(resource, id, i, awaited.Contains(resource), planner, notifications, log, time), new()));
            }
        }
        foreach (var (supervisor, stop) in _running)
            _ = supervisor.RunAsync(stop.Token);
    }

    /// <summary>Completes when all are up (or finished).</summary>
    /// <exception cref="DistributedApplicationException">One failed on the way; the message says which and why.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            // The root cause, not a dependent that failed because of it.
            if (change.Snapshot.State == KnownResourceStates.Failed)
                throw new DistributedApplicationException($"{change.ResourceId} failed: {change.Snapshot.Reason}");
            if (notifications.Latest.All(e => e.Snapshot.State == KnownResourceStates.Healthy || e.Snapshot.State == KnownResourceStates.Finished))
                return;
        }
    }

    /// <summary>Stops in reverse order: a resource goes before what it waited for.</summary>
    public async Task StopAsync()
    {
        var left = _running.ToList();
        while (left.Count > 0)
        {
            // Those that nobody who is still up waits for.
            var needed = left.SelectMany(r => r.Supervisor.Resource.Annotations.OfType<WaitAnnotation>())
                .Select(w => w.Resource is PostgresDatabaseResource database ? database.Parent : w.Resource).ToHashSet();
            var next = left.Where(r => !needed.Contains(r.Supervisor.Resource)).ToList();
            if (next.Count == 0)
                next = left;
            await Task.WhenAll(next.Select(async r =>
            {
                await r.Stop.CancelAsync();
                await r.Supervisor.Over;
            }));
            left = [.. left.Except(next)];
        }
    }

    public void Dispose()
    {
        foreach (var (_, stop) in _running)
            stop.Dispose();
        foreach (var log in _logs)
            log.Dispose();
    }

    private static int Replicas(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    private void AllocatePorts()
    {
        foreach (var resource in resources)
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                endpoint.Ports = [.. Enumerable.Range(0, Replicas(resource))
                    .Select(i => i == 0 && !options.DynamicPorts && endpoint.PreferredPort is { } preferred ? preferred : Ports.Free())];
    }
}
