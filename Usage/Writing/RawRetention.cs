using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// How old a sample may be: as old as the database's own policy keeps it, asked at the start and every minute. Whoever took an older one would
/// make a chunk below what retention has passed, and those it never drops.
/// </summary>
public sealed class RawRetention(UsageReader reader, TimeProvider time, ILogger<RawRetention> logger) : RecurringService(time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Kept? _kept;

    /// <inheritdoc/>
    public override string Work => "Asking how long samples are kept";

    /// <summary>Until it is known no sample is taken.</summary>
    protected override TimeSpan MaxPause => DatabaseExecutor.RetryAfter;

    /// <summary>How long samples are kept; null: for ever.</summary>
    /// <exception cref="DatabaseUnavailableException">It has not been known since the start.</exception>
    public TimeSpan? Value => (_kept ?? throw new DatabaseUnavailableException(
        "The database has not said yet how long samples are kept; it is asked every second.", DatabaseExecutor.RetryAfter)).For;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        // The first request finds it known, unless the database is away.
        await _asked.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        try
        {
            _kept = new(await reader.RawRetentionAsync(stoppingToken));
            return Interval;
        }
        finally
        {
            _asked.TrySetResult();
        }
    }

    private sealed record Kept(TimeSpan? For);
}
