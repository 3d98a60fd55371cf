namespace Aspire.Hosting;

/// <summary>The application cannot be built or started; the message names the cause and the remedy.</summary>
public sealed class DistributedApplicationException(string message) : Exception(message);
