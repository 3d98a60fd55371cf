using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Launch;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Engine;

/// <summary>Starts all resources, each as soon as what it waits for allows, and stops them in reverse order.</summary>
internal sealed class Orchestrator(
    IReadOnlyList<IResource> resources, EngineOptions options, StateDirectory state, LaunchPlanner planner,
    ResourceNotificationService notifications, TimeProvider time) : IDisposable
{
    private readonly List<RunningResource> _running = [];
    private bool _stopping;

    /// <summary>The replicas that have, or can have, a process.</summary>
    public IReadOnlyList<RunningResource> Running => _running;

    public void Start()
    {
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
                var log = new ResourceLog(state.Logs, id, time);
                var replica = i;
                notifications.Publish(resource, id, ResourceSupervisor.Initial(resource), s => s);
                _running.Add(new(log, () => new(resource, id, replica, awaited.Contains(resource), planner, notifications, log, time)));
            }
        }
        foreach (var replica in _running)
            replica.Start();
    }

    /// <summary>Ports for all endpoints: those asked for, or free ones.</summary>
    public void AllocatePorts()
    {
        foreach (var resource in resources)
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                endpoint.Ports = [.. Enumerable.Range(0, Replicas(resource))
                    .Select(i => i == 0 && !options.DynamicPorts && endpoint.PreferredPort is { } preferred ? preferred : Ports.Free())];
    }

    /// <summary>Completes when all are up (or finished).</summary>
    /// <exception cref="DistributedApplicationException">One failed on the way; the message says which and why.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            // One can work without the dashboard.
            if (change.Resource.Annotations.OfType<OptionalAnnotation>().Any())
                continue;
            // The root cause, not a dependent that failed because of it.
            if (change.Snapshot.State == KnownResourceStates.Failed)
                throw new DistributedApplicationException($"{change.ResourceId} failed: {change.Snapshot.Reason}");
            if (notifications.Latest.All(e => e.Snapshot.State == KnownResourceStates.Healthy || e.Snapshot.State == KnownResourceStates.Finished
                    || e.Resource.Annotations.OfType<OptionalAnnotation>().Any()))
                return;
        }
    }

    /// <summary>Stops in reverse order: a resource goes before what it waited for.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        var left = _running.ToList();
        while (left.Count > 0)
        {
            // Those that nobody who is still up waits for.
            var needed = left.SelectMany(r => r.Resource.Annotations.OfType<WaitAnnotation>())
                .Select(w => w.Target).ToHashSet();
            var next = left.Where(r => !needed.Contains(r.Resource)).ToList();
            if (next.Count == 0)
                next = left;
            await Task.WhenAll(next.Select(r => r.StopAsync()));
            left = [.. left.Except(next)];
        }
    }

    /// <summary>Starts, stops or restarts one replica, as the dashboard asks for it.</summary>
    /// <returns>Null when done, else why not.</returns>
    public async Task<string?> CommandAsync(string id, string command)
    {
        if (_running.FirstOrDefault(r => r.Id.Equals(id, StringComparison.OrdinalIgnoreCase)) is not { } replica)
            return $"there is no resource '{id}' with a process";
        if (_stopping)
            return "the application is stopping";
        if (command == "start" && replica.IsActive)
            return $"{id} is started already";
        if (command is not ("start" or "stop" or "restart"))
            return $"there is no command '{command}'; there are start, stop and restart";
        if (command is "stop" or "restart")
            await replica.StopAsync();
        if (command is "start" or "restart")
            replica.Start();
        return null;
    }

    public void Dispose()
    {
        foreach (var replica in _running)
            replica.Dispose();
    }

    private static int Replicas(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;
}
