using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Sampling;

/// <summary>Gives samples their times, from a wall clock that may be set at any moment.</summary>
internal sealed partial class SampleClock(TimeProvider time, ILogger<SampleClock> logger)
{
    /// <summary>
    /// A clock set back by more than this had been wrong before: Ingest.Api takes nothing that lies minutes ahead. By less, it may be
    /// wrong now and be set forward again.
    /// </summary>
    internal static readonly TimeSpan MaxStepBack = TimeSpan.FromDays(1);

    // More than a day of samples at the usual interval; a clock set back by more meets the old times by chance only.
    private const int Remembered = 10_000;

    private readonly Queue<DateTimeOffset> _order = new();
    private readonly HashSet<DateTimeOffset> _given = [];
    private DateTimeOffset _latest = DateTimeOffset.MinValue;
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    public SampleTime Next()
    {
        var now = time.GetUtcNow();
        now = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        if (now < _last)
            LogSetBack(_last - now);
        _last = now;

        // (instance, timestamp) is a sample's identity: given twice, the second sample would count as a duplicate.
        while (!_given.Add(now))
            now = now.AddMilliseconds(1);
        _order.Enqueue(now);
        if (_order.Count > Remembered)
            _given.Remove(_order.Dequeue());

        var isLatest = now > _latest || _latest - now > MaxStepBack;
        if (isLatest)
            _latest = now;
        return new(now, isLatest);
    }

    [LoggerMessage(EventName = "ClockSetBack", Level = LogLevel.Warning,
        Message = "The clock was set back by {Step}: network counters are left out until it is where it was, so that they fall at no time")]
    private partial void LogSetBack(TimeSpan step);
}
