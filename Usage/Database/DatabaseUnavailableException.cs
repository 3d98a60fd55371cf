namespace LaunchStack.Usage.Database;

/// <summary>
/// The database could not be reached or went away during the commit. The request may be sent again as it is:
/// a sample's identity keeps it from being counted twice.
/// </summary>
public sealed class DatabaseUnavailableException : Exception
{
    /// <summary>With its cause and when to come again.</summary>
    public DatabaseUnavailableException(string message, TimeSpan retryAfter, Exception? cause = null) : base(message, cause) =>
        RetryAfter = retryAfter;

    /// <summary>When to send the request again.</summary>
    public TimeSpan RetryAfter { get; }
}
