namespace LaunchStack.Agent.Delivery;

/// <summary>What became of one request, seen by what is to be done next.</summary>
internal abstract record IngestAnswer
{
    private IngestAnswer()
    {
    }

    /// <summary>The request was taken; samples within it may have been rejected.</summary>
    public sealed record Taken(UsageReceipt Receipt) : IngestAnswer;

    /// <summary>The content is at fault (400, 413, 422, and 409 of a registration): sending the same again cannot help.</summary>
    public sealed record Refused(int Status, string Reason) : IngestAnswer;

    /// <summary>It may work later without anybody doing anything: no answer, 408, 425, 429, 5xx.</summary>
    public sealed record Away(string Reason, TimeSpan? RetryAfter) : IngestAnswer;

    /// <summary>A person has to change something, the key (401, 403) or the address (404, 405, 415 and the rest).</summary>
    public sealed record Misconfigured(string Reason, TimeSpan? RetryAfter) : IngestAnswer;
}
