using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.History;

/// <summary>What a counter stood at.</summary>
/// <param name="Value">Bytes.</param>
/// <param name="Time">The sample's time, as in <see cref="PostgresTime"/>.</param>
public readonly record struct CounterReading(long Value, long Time);
