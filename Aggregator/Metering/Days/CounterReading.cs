namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>A reading of a counter.</summary>
/// <param name="Time">Microseconds since 1970-01-01 UTC.</param>
/// <param name="Bytes">The reading.</param>
internal readonly record struct CounterReading(long Time, long Bytes);
