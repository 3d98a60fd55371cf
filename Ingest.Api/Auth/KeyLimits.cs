using System.Collections.Concurrent;
using LaunchStack.Auth;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Rate limits by key, in this process.</summary>
public sealed class KeyLimits(TimeProvider time)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // What may be decoded and looked at for each sample of a key's rate. Of a scrape of node_exporter, which becomes one, it is 1 to 2 MiB.
    private const int BytesOfSample = 4 << 20;

    private readonly ConcurrentDictionary<(Guid Key, int Rate, int Burst), (TokenBucket Samples, TokenBucket Work)> _rates = new();
    private readonly ConcurrentDictionary<(Guid Key, int Limit), TokenBucket> _instances = new();

    /// <summary>Turns a request away before its body is read, as long as one that was refused has not got its turn.</summary>
    /// <exception cref="TooManyRequestsException">The rate is used up; says which limit and when to come again.</exception>
    public void RequireOpen(ApiKey key)
    {
        if (RateOf(key) is not var (samples, work))
            return;
        if (!samples.IsOpen(out var retryAfter))
            throw Spent(key, retryAfter);
        if (!work.IsOpen(out retryAfter))
        {
            throw new TooManyRequestsException(
                $"Key '{key.Name}' may send {key.SamplesPerSecond} samples a second (samples_per_second), and for each of them {BytesOfSample >> 20} MiB of bodies, names and labels, also of values "
                + "that no column takes. It sent more: send fewer of those, and no long labels.", retryAfter);
        }
    }

    /// <summary>Counts what a request made the service do, in bytes: what has no samples in it costs some, too.</summary>
    public void SpendWork(ApiKey key, long bytes) => RateOf(key)?.Work.Spend((double)bytes / BytesOfSample);

    /// <summary>Counts samples of a request.</summary>
    /// <exception cref="TooManyRequestsException">The rate is used up; says which limit and when to come again.</exception>
    public void TakeSamples(ApiKey key, int count)
    {
        if (RateOf(key) is var (samples, _) && !samples.TryTake(count, out var retryAfter))
            throw Spent(key, retryAfter);
    }

    /// <summary>Counts instances that are about to be registered.</summary>
    /// <exception cref="TooManyRequestsException">The day's share is used up.</exception>
    public void TakeInstances(ApiKey key, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.NewInstancesPerDay is not { } limit)
            return;
        var message = $"Key '{key.Name}' may register {limit} instances a day (new_instances_per_day).";
        if (limit == 0)
            throw new TooManyRequestsException(message, Day);
        var retryAfter = Day;
        if (count > limit || !InstancesOf(key, limit).TryTake(count, out retryAfter))
            throw new TooManyRequestsException(message, retryAfter);
    }

    /// <summary>Counts instances of which some may be registered and the others not.</summary>
    /// <returns>How many may.</returns>
    public int TakeSomeInstances(ApiKey key, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.NewInstancesPerDay is not { } limit ? count : limit == 0 ? 0 : InstancesOf(key, limit).TakeUpTo(count);
    }

    private static int Burst(ApiKey key) => key.Burst ?? (int)Math.Min(int.MaxValue, key.SamplesPerSecond!.Value * 10L);

    private static TooManyRequestsException Spent(ApiKey key, TimeSpan retryAfter) => new(
        $"Key '{key.Name}' may send {key.SamplesPerSecond} samples a second (samples_per_second), {Burst(key)} at once (burst).", retryAfter);

    private TokenBucket InstancesOf(ApiKey key, int limit) =>
        _instances.GetOrAdd((key.Id, limit), _ => new(limit / Day.TotalSeconds, limit, time));

    private (TokenBucket Samples, TokenBucket Work)? RateOf(ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.SamplesPerSecond is { } rate
            ? _rates.GetOrAdd((key.Id, rate, Burst(key)), limit => (new(limit.Rate, limit.Burst, time), new(limit.Rate, limit.Burst, time)))
            : null;
    }
}
