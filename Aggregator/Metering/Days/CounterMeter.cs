namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>
/// Bytes moved, from readings in order of time: a rise counts by its difference, after a fall the new reading counts whole. The first
/// reading ever is where the counter starts, not an increase. An increase belongs to the day of the later reading, so days add up.
/// </summary>
internal struct CounterMeter(CounterReading? before)
{
    /// <summary>Bytes moved so far.</summary>
    public Int128 Increase { get; private set; }

    /// <summary>The last reading of the day; null when it had none.</summary>
    public CounterReading? Last { get; private set; }

    private long? _previous = before?.Bytes;

    /// <summary>Takes the next reading, or its absence.</summary>
    /// <returns>Whether the counter had fallen: the container started again.</returns>
    public bool Add(long time, long bytes)
    {
        if (bytes == MeterSample.Absent)
            return false;
        var fell = bytes < _previous;
        Increase += fell ? bytes : bytes - (_previous ?? bytes);
        _previous = bytes;
        Last = new(time, bytes);
        return fell;
    }
}
