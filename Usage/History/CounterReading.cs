using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.History;

/// <summary>What a counter stood at.</summary>
/// <param name="Value">Bytes.</param>
/// <param name="Time">The sample's time, as in <see cref="PostgresTime"/>.</param>
/// <param name="ReceivedAt">When that sample was written last, likewise; <see cref="long.MaxValue"/> where the schema does not say.</param>
public readonly record struct CounterReading(long Value, long Time, long ReceivedAt = long.MaxValue);
