using System.Diagnostics.Metrics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Usage.Background;

/// <summary>
/// Work that comes round again and again. A round that fails ends neither those after it nor the process: it is said once, counted
/// (<c>launchstack.background.failures</c>) and tried again, after a pause that grows from 1 second to <see cref="MaxPause"/>. An exception that is no outage
/// is logged with its stack and stands in <see cref="Failure"/> until a round succeeds.
/// </summary>
/// <param name="time">Clock of the pauses.</param>
/// <param name="logger">Of the service.</param>
/// <param name="current">Given where the original schema has no tables for the work: over it the work ends by itself.</param>
public abstract partial class RecurringService(TimeProvider time, ILogger logger, UsageReader? current = null) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly Counter<long> Failures = new Meter("LaunchStack.Background").CreateCounter<long>(
        "launchstack.background.failures", "{round}", "Rounds of background work that failed, by service and error.");

    private readonly ILogger _logger = logger;
    private volatile Exception? _failure;

    /// <summary>What went wrong in the last round that nobody foresaw; null when nothing did.</summary>
    public Exception? Failure => _failure;

    /// <summary>What is done, as in "Metering waits".</summary>
    public abstract string Work { get; }

    /// <summary>Clock of the pauses.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Longest pause after a failure.</summary>
    protected virtual TimeSpan MaxPause => TimeSpan.FromSeconds(30);

    /// <summary>One round.</summary>
    /// <returns>The pause before the next; null when there is nothing more to do.</returns>
    protected abstract Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken);

    /// <summary>Whether the cause is something that passes and lies outside, such as a database that is away.</summary>
    protected virtual bool IsOutage(Exception e) => PostgresErrors.Passes(e);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (after, said, isChecked) = (TimeSpan.Zero, "", false);
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                if (current is not null && !isChecked && (await current.DetectAsync(stoppingToken)).Schema == UsageSchema.Legacy)
                {
                    NotHere(Work);
                    return;
                }
                isChecked = true;
                if (await RunRoundAsync(stoppingToken) is not { } next)
                    return;
                if (said.Length > 0)
                    Recovered(Work);
                _failure = null;
                (pause, after, said) = (next, TimeSpan.Zero, "");
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                isChecked = false;
                var isOutage = IsOutage(e);
                var cause = isOutage ? "outage" : e.GetType().FullName!;
                _failure = isOutage ? null : e;
                Failures.Add(1, new("service", GetType().Name), new("error.type", e.GetType().FullName));
                // Once for each cause: an outage lasts many rounds.
                if (said != cause && isOutage)
                    Waits(Work, e.Message);
                else if (said != cause)
                    Fails(Work, e);
                said = cause;
                pause = after = after == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(after.Ticks * 2, MaxPause.Ticks));
            }
            await Task.Delay(pause, Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(101, LogLevel.Warning, "{Work} waits: {Reason}", EventName = "WorkWaits")]
    private partial void Waits(string work, string reason);

    [LoggerMessage(102, LogLevel.Error, "{Work} failed, and is tried again", EventName = "WorkFails")]
    private partial void Fails(string work, Exception reason);

    [LoggerMessage(104, LogLevel.Information, "{Work} ends: the original schema has no tables for it", EventName = "WorkEnds")]
    private partial void NotHere(string work);

    [LoggerMessage(103, LogLevel.Information, "{Work} goes on", EventName = "WorkGoesOn")]
    private partial void Recovered(string work);
}
