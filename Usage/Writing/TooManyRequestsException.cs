namespace LaunchStack.Usage.Writing;

/// <summary>The queue is full: nothing of the request was kept, it may be sent again as it is.</summary>
public sealed class TooManyRequestsException : Exception
{
    /// <summary>With when to come again.</summary>
    public TooManyRequestsException(string message, TimeSpan retryAfter) : base(message) => RetryAfter = retryAfter;

    /// <summary>When to send the request again.</summary>
    public TimeSpan RetryAfter { get; }
}
