namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>The request is at fault; answered as problem+json with this status and message.</summary>
public class RequestException : Exception
{
    /// <summary>With the status (4xx; 500 where gRPC names that fault INTERNAL) and what to change.</summary>
    public RequestException(int status, string message, Exception? cause = null) : base(message, cause) => Status = status;

    /// <summary>HTTP status.</summary>
    public int Status { get; }

    /// <summary>The problem document's title; null: the status' own.</summary>
    public string? Title { get; init; }

    /// <summary>More members of the problem document.</summary>
    public IDictionary<string, object?> Extensions { get; } = new Dictionary<string, object?>();
}
