namespace LaunchStack.Usage.History;

/// <summary>What an instance's counters stood at last; null where no sample says.</summary>
/// <param name="NetworkIn">Bytes received.</param>
/// <param name="NetworkOut">Bytes sent.</param>
public readonly record struct CounterReadings(CounterReading? NetworkIn, CounterReading? NetworkOut);
