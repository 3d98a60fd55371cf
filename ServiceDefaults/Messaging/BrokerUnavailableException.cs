namespace LaunchStack.ServiceDefaults;

/// <summary>The broker cannot be reached, or does not answer in time.</summary>
public sealed class BrokerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
