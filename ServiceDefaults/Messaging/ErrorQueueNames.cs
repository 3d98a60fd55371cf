using System.Collections.Concurrent;

namespace LaunchStack.ServiceDefaults;

/// <summary>The queues that this service takes from; each has an error queue of the same name with <c>_error</c>.</summary>
internal sealed class ErrorQueueNames
{
    private readonly ConcurrentDictionary<string, bool> _queues = new(StringComparer.Ordinal);

    public IEnumerable<string> Queues => _queues.Keys.Order(StringComparer.Ordinal);

    public static string ErrorQueue(string queue) => queue + "_error";

    public void Add(string queue) => _queues.TryAdd(queue, true);
}
