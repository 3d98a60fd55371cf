namespace LaunchStack.Usage.History;

/// <summary>What an instance's counters stood at; null where no sample says.</summary>
/// <param name="NetworkIn">Bytes received.</param>
/// <param name="NetworkOut">Bytes sent.</param>
/// <param name="Newest">When the newest sample was taken; null without any.</param>
public readonly record struct CounterReadings(long? NetworkIn, long? NetworkOut, DateTimeOffset? Newest);
