using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Tests.Writing;

/// <summary>Sets of which only the keys matter.</summary>
internal static class Keys
{
    /// <summary>The samples of each instance at each time, in one request.</summary>
    public static CommitSet Set(IEnumerable<Guid> instances, IEnumerable<long> times)
    {
        var batch = new UsageBatch(SampleWindow.Unbounded);
        foreach (var (instance, time) in instances.SelectMany(instance => times.Select(time => (instance, time))))
            batch.Add(batch.Samples.Count, instance, time, new() { MemoryUsage = 1 });
        return CommitSet.Of([new PendingWrite(batch, null)]);
    }

    /// <summary>An id like those that people give by hand.</summary>
    public static Guid Numbered(int n) => new(n, 0, 0, new byte[8]);
}
