namespace LaunchStack.Usage.History;

/// <summary>What a counter did within a piece: its first and last reading, and the bytes moved between them. Empty: no reading.</summary>
internal readonly record struct CounterSpan(long? First, long? Last, decimal? Increase)
{
    /// <summary>One reading.</summary>
    public static CounterSpan Of(long? reading) => new(reading, reading, reading is null ? null : 0);
}
