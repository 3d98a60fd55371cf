using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Health;
using Aspire.Hosting.Internal.Launch;
using Aspire.Hosting.Internal.Processes;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Engine;

/// <summary>The life of one replica: waits, starts, is asked for its health, is started again when it dies, is stopped.</summary>
internal sealed class ResourceSupervisor(
    IResource resource, string id, int replica, bool runsToCompletion,
    LaunchPlanner planner, ResourceNotificationService notifications, ResourceLog log, TimeProvider time)
{
    private static readonly TimeSpan ProbeWhileStarting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProbeWhileHealthy = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly RestartPolicy _restarts = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset? _healthySince;
    private bool _everHealthy;

    public IResource Resource => resource;

    public string Id => id;

    public int Replica => replica;

    public ResourceLog Log => log;

    /// <summary>What the process was given when it was started last.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    /// <summary>Completes when the replica has ended for good.</summary>
    public Task Over => _over.Task;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (await WaitForDependenciesAsync(stopping))
                while (await RunOnceAsync(stopping) is { } pause)
                    await Task.Delay(pause, time, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Change(s => s with { State = KnownResourceStates.Stopped, Reason = null, Pid = null });
        }
        catch (Exception e) when (e is DistributedApplicationException or InvalidOperationException or IOException
            or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            Fail(e.Message);
        }
        finally
        {
            _over.TrySetResult();
        }
    }

    private async Task<bool> WaitForDependenciesAsync(CancellationToken stopping)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            var target = wait.Target;
            var until = wait.Kind == WaitKind.Completion ? "to finish" : "to be healthy";
            Change(s => s with { State = KnownResourceStates.Waiting, Reason = $"for {target.Name} {until}" });
            // All replicas, as Aspire does; each has had a state since before the first was started.
            foreach (var replica in notifications.Latest.Where(e => e.Resource == target).Select(e => e.ResourceId).Order().ToList())
            {
                var end = await notifications.WaitForResourceAsync(replica, e => IsDecided(e, wait), stopping);
                if (IsSatisfied(end, wait))
                    continue;
                Fail($"{replica} {end.Snapshot.State.ToLowerInvariant()}: {end.Snapshot.Reason ?? "it will not become ready"}");
                return false;
            }
        }
        return true;
    }

    private static bool IsSatisfied(ResourceEvent e, WaitAnnotation wait) => wait.Kind == WaitKind.Completion
        ? KnownResourceStates.IsOver(e.Snapshot.State) && e.Snapshot.ExitCode == wait.ExitCode
        : e.Snapshot.State == KnownResourceStates.Healthy;

    private static bool IsDecided(ResourceEvent e, WaitAnnotation wait) => IsSatisfied(e, wait) || KnownResourceStates.IsOver(e.Snapshot.State);

    /// <summary>The pause before the next start, or null when the replica has ended for good.</summary>
    private async Task<TimeSpan?> RunOnceAsync(CancellationToken stopping)
    {
        Change(s => s with { State = KnownResourceStates.Starting, Reason = null, ExitCode = null });
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        // After a death the port may be held for a moment by what is still dying: then the program itself tries, and is started again.
        foreach (var endpoint in endpoints.Where(e => !_everHealthy && Ports.IsTaken(e.Ports[replica])))
            throw new DistributedApplicationException(
                $"port {endpoint.Ports[replica]} of {id} is taken: stop what listens there, or start with --ports dynamic");

        var plan = await planner.PlanAsync(resource, replica, stopping);
        Environment = plan.Process.Environment;
        using var process = GuardedProcess.Start(plan.Process, log.Add);
        try
        {
            var pid = await process.Pid;
            Change(s => s with
            {
                State = KnownResourceStates.Running,
                Pid = pid,
                StartTimeStamp = time.GetUtcNow(),
                StopTimeStamp = null,
                Urls = [.. endpoints.Select(e => e.Url(replica))],
            });
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // It ended before it could say its id; the exit below tells how.
        }

        _healthySince = null;
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var probes = ProbeAsync(plan.Probes, probing.Token);
        await using var stop = stopping.Register(() => _ = process.StopAsync(StopPatience, time));
        var code = await process.Exited;
        await probing.CancelAsync();
        await probes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Decide(code, stopping);
    }

    private TimeSpan? Decide(int code, CancellationToken stopping)
    {
        var healthyFor = time.GetUtcNow() - _healthySince ?? TimeSpan.Zero;
        Change(s => s with { Pid = null, ExitCode = code, StopTimeStamp = time.GetUtcNow() });
        if (stopping.IsCancellationRequested)
        {
            Change(s => s with { State = code == 0 && runsToCompletion ? KnownResourceStates.Finished : KnownResourceStates.Stopped, Reason = null });
            return null;
        }
        if (code == 0 && runsToCompletion)
        {
            Change(s => s with { State = KnownResourceStates.Finished, Reason = null });
            return null;
        }
        var reason = ExitReason.Of(code, log.LastWords());
        // A program that never was healthy will not be so by itself; one that was has met an accident.
        if (runsToCompletion || !_everHealthy || _restarts.Next(healthyFor) is not { } pause)
        {
            Fail(reason);
            return null;
        }
        Change(s => s with { State = KnownResourceStates.Starting, Reason = $"again: {reason}", Restarts = s.Restarts + 1 });
        return pause;
    }

    private async Task ProbeAsync(IReadOnlyList<IHealthProbe> probes, CancellationToken stopping)
    {
        // Without a check of its own, a running program is taken for healthy; one that is to finish is not.
        if (runsToCompletion)
            return;
        for (var healthy = false; ;)
        {
            string? reason = null;
            foreach (var probe in probes)
                reason ??= await CheckAsync(probe, stopping);

            if (reason is null && !healthy)
            {
                _healthySince ??= time.GetUtcNow();
                _everHealthy = true;
                Change(s => s with { State = KnownResourceStates.Healthy, Reason = null });
            }
            else if (reason is not null && (healthy || _healthySince is null))
            {
                Change(s => s with { State = KnownResourceStates.Running, Reason = reason });
            }
            healthy = reason is null;
            await Task.Delay(healthy ? ProbeWhileHealthy : ProbeWhileStarting, time, stopping);
        }
    }

    private static async Task<string?> CheckAsync(IHealthProbe probe, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(ProbePatience);
        try
        {
            return await probe.CheckAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return $"the health check took more than {ProbePatience.TotalSeconds:0} s";
        }
    }

    private void Fail(string reason) => Change(s => s with { State = KnownResourceStates.Failed, Reason = reason, Pid = null });

    private void Change(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        notifications.Publish(resource, id, Initial(resource), change);

    internal static CustomResourceSnapshot Initial(IResource resource) =>
        new() { ResourceType = LaunchPlanner.TypeOf(resource), State = KnownResourceStates.Waiting };
}
