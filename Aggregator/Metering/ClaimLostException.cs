namespace LaunchStack.Aggregator.Metering;

/// <summary>Another runner has taken over; what this one was at has not been written.</summary>
internal sealed class ClaimLostException() : Exception("Another Aggregator meters now.");
