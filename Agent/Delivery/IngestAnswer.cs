namespace LaunchStack.Agent.Delivery;

/// <summary>What became of one request, seen by what is to be done next.</summary>
internal abstract record IngestAnswer
{
    private IngestAnswer()
    {
    }

    /// <summary>The request was taken; samples within it may have been rejected. The receipt accounts for every sample sent.</summary>
    public sealed record Taken(UsageReceipt Receipt) : IngestAnswer;

    /// <summary>The content is at fault (400, 409, 413, 422): sending the same again cannot help.</summary>
    public sealed record Refused(int Status, string Reason) : IngestAnswer;

    /// <summary>It may work later without anybody doing anything: no answer, 408, 425, 429, 5xx.</summary>
    public sealed record Unavailable(string Reason, TimeSpan? RetryAfter = null) : IngestAnswer;

    /// <summary>The key may not do this (403).</summary>
    public sealed record Forbidden(string Reason, TimeSpan? RetryAfter = null) : Misconfigured(Reason, RetryAfter);

    /// <summary>A person has to change something, the key (401, 403) or the address (404, 405, 415 and the rest).</summary>
    public record Misconfigured(string Reason, TimeSpan? RetryAfter = null) : IngestAnswer;
}
