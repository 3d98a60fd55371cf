namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>A line, and what later days start from.</summary>
/// <param name="Line">The line.</param>
/// <param name="LastIn">The day's last reading of the counter; null when it had none.</param>
/// <param name="LastOut">The day's last reading of the counter; null when it had none.</param>
internal sealed record MeteredDay(DayLine Line, CounterReading? LastIn, CounterReading? LastOut);
