using LaunchStack.Usage.History;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a sum of counters stood at before this process knew them.</summary>
/// <param name="Value">The sum, bytes.</param>
/// <param name="Time">Time of the newest row that has it, nanoseconds since 1970.</param>
/// <param name="ReceivedAt">When that row was written last, likewise; <see cref="long.MaxValue"/> where nobody knows.</param>
internal readonly record struct StoredSum(double Value, long Time, long ReceivedAt = long.MaxValue)
{
    // Of the times of rows.
    private const long Resolution = 1_000;

    // What may have been counted meanwhile: a gigabit a second, and never less than a busy container moves in a minute.
    private const double BytesPerSecond = 125e6;
    private const double AnyTime = 1e9;
    private const double OfSum = 0.01;

    /// <summary>The sum that a reading tells.</summary>
    public static StoredSum Of(in CounterReading reading) => new(
        reading.Value, SeriesAggregator.ToNanoseconds(reading.Time),
        reading.ReceivedAt == long.MaxValue ? long.MaxValue : SeriesAggregator.ToNanoseconds(reading.ReceivedAt));

    /// <summary>Whether what was counted up to <paramref name="step"/> may be in it.</summary>
    public bool Reaches(long step) => step < Time + Resolution;

    /// <summary>Whether it is younger than <paramref name="step"/>: something may have been counted between them.</summary>
    public bool IsAfter(long step) => step < Time;

    /// <summary>Whether an increase up to a time of a step may be in it: not one that ended after the row was written.</summary>
    public bool MayHold(long time, long step) => IsAfter(step) || (Reaches(step) && time <= ReceivedAt);

    /// <summary>Whether counters that add up to <paramref name="total"/> at a time may be those of <paramref name="sum"/>: none has come or gone.</summary>
    public bool MayBecome(double total, double sum, long time) =>
        total >= sum && total - sum <= Math.Max(AnyTime, Math.Max(sum * OfSum, (time - Time) / 1e9 * BytesPerSecond));

    /// <summary>
    /// Whether a counter began to count after the sum's own sample. A row has only the step of that; a client samples at the same moment of each
    /// step, if the step is set to its interval.
    /// </summary>
    /// <param name="counter">A later sample of the counter.</param>
    /// <param name="step">Its step.</param>
    public bool IsBeforeStart(in CounterSample counter, long step) =>
        counter.Start != 0 && counter.Start < counter.Time && counter.Start - CounterReset.StartTolerance > Time + (counter.Time - step);
}
