using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Holds the latest state of every resource and tells of changes.</summary>
public sealed class ResourceNotificationService
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _latest = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly Lock _lock = new();

    internal IEnumerable<ResourceEvent> Latest => _latest.Values;

    /// <summary>Every state now, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (_lock)
        {
            foreach (var known in _latest.Values)
                channel.Writer.TryWrite(known);
            _watchers.Add(channel);
        }
        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(channel);
        }
    }

    /// <summary>Waits until the predicate holds for a resource; a resource with replicas is named by replica or by its own name.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
            if ((change.ResourceId.Equals(resourceName, StringComparison.OrdinalIgnoreCase)
                    || change.Resource.Name.Equals(resourceName, StringComparison.OrdinalIgnoreCase)) && predicate(change))
                return change;
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Waits for a state of <see cref="KnownResourceStates"/>.</summary>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, e => e.Snapshot.State == (targetState ?? KnownResourceStates.Running), cancellationToken);

    /// <summary>Waits until every health check of the resource passes.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, e => e.Snapshot.State == KnownResourceStates.Healthy, cancellationToken);

    internal CustomResourceSnapshot Publish(
        IResource resource, string id, CustomResourceSnapshot initial, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_lock)
        {
            var before = _latest.TryGetValue(id, out var known) ? known.Snapshot : initial;
            var after = change(before) with { Version = before.Version + 1 };
            var notification = new ResourceEvent(resource, id, after);
            _latest[id] = notification;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(notification);
            return after;
        }
    }
}
