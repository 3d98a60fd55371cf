using LaunchStack.ServiceDefaults.Authentication;
using System.Collections.Concurrent;
using LaunchStack.Storage.Writing;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Rate limits by key, in this process.</summary>
public sealed class KeyLimits(TimeProvider time)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<(Guid Key, int Rate, int Burst), TokenBucket> _samples = new();
    private readonly ConcurrentDictionary<(Guid Key, int Limit), TokenBucket> _instances = new();

    /// <summary>Counts samples of a request.</summary>
    /// <exception cref="WriterBusyException">The rate is used up; says which limit and when to come again.</exception>
    public void TakeSamples(ApiKey key, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.SamplesPerSecond is not { } rate)
            return;
        var burst = key.Burst ?? (int)Math.Min(int.MaxValue, rate * 10L);
        var bucket = _samples.GetOrAdd((key.Id, rate, burst), limit => new(limit.Rate, limit.Burst, time));
        if (!bucket.TryTake(count, out var retryAfter))
            throw new WriterBusyException($"Key '{key.Name}' may send {rate} samples a second (samples_per_second), {burst} at once (burst).", retryAfter);
    }

    /// <summary>Counts instances that are about to be registered.</summary>
    /// <exception cref="WriterBusyException">The day's share is used up.</exception>
    public void TakeInstances(ApiKey key, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.NewInstancesPerDay is not { } limit)
            return;
        var message = $"Key '{key.Name}' may register {limit} instances a day (new_instances_per_day).";
        if (limit == 0)
            throw new WriterBusyException(message, Day);
        var bucket = _instances.GetOrAdd((key.Id, limit), _ => new(limit / Day.TotalSeconds, limit, time));
        var retryAfter = Day;
        if (count > limit || !bucket.TryTake(count, out retryAfter))
            throw new WriterBusyException(message, retryAfter);
    }
}
