using LaunchStack.Usage.Database;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>Takes no samples while the database's disk is nearly full. Looks once a second; goes on by itself.</summary>
public sealed partial class DiskGuard(IOptions<DiskOptions> options, TimeProvider time, ILogger<DiskGuard> logger) : IHealthCheck
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private long _lookedAt = long.MinValue;
    private volatile string? _reason;

    /// <summary>Passes while there is room, or nothing is known of the disk.</summary>
    /// <exception cref="DatabaseUnavailableException">There is too little; says how much there is and how much has to be.</exception>
    public void RequireRoom()
    {
        if (Look() is { } reason)
            throw new DatabaseUnavailableException(reason, RetryAfter);
    }

    /// <summary>Degraded, not unhealthy: reading goes on.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Look() is { } reason ? HealthCheckResult.Degraded(reason) : HealthCheckResult.Healthy());

    private string? Look()
    {
        var now = time.GetTimestamp();
        var last = Volatile.Read(ref _lookedAt);
        if (options.Value.Path.Length == 0 || (last != long.MinValue && time.GetElapsedTime(last, now) < TimeSpan.FromSeconds(1))
            || Interlocked.CompareExchange(ref _lookedAt, now, last) != last)
        {
            return _reason;
        }

        var (free, least) = (FreeBytes(), options.Value.MinFreeBytes);
        var reason = free >= least
            ? null
            : $"No samples are taken: the database's disk has {free >> 20} MiB free, less than {least >> 20} MiB (Ingest:Disk:MinFreeBytes). Free some, or give it a larger disk.";
        if (reason is not null && _reason is null)
            Full(reason);
        else if (reason is null && _reason is not null)
            Room(free >> 20);
        return _reason = reason;
    }

    private long FreeBytes()
    {
        try
        {
            return new DriveInfo(options.Value.Path).AvailableFreeSpace;
        }
        catch (IOException)
        {
            // The directory has gone since the start: nothing is known any more.
            return long.MaxValue;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Reason}", EventName = "DiskNearlyFull")]
    private partial void Full(string reason);

    [LoggerMessage(2, LogLevel.Information, "Samples are taken again: the database's disk has {Free} MiB free", EventName = "DiskHasRoom")]
    private partial void Room(long free);
}
