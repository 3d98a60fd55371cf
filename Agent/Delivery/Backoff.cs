namespace LaunchStack.Agent.Delivery;

/// <summary>How long to wait before trying again: doubling, with jitter, never less than the server asks for.</summary>
internal sealed class Backoff(DeliveryOptions options, Func<double> random)
{
    /// <summary>A server may ask for patience, but not put the agent to sleep for good.</summary>
    internal static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(15);

    private int _failures;

    public void Reset() => _failures = 0;

    public TimeSpan Next(IngestAnswer obstacle)
    {
        var (own, asked) = obstacle switch
        {
            IngestAnswer.Misconfigured wrong => (options.RefusedRetry, wrong.RetryAfter),
            IngestAnswer.Unavailable unavailable => (Doubled(), unavailable.RetryAfter),
            _ => (Doubled(), null),
        };

        // Up to a quarter more, so that many agents do not come back in the same instant.
        own = TimeSpan.FromMilliseconds(Math.Round((own * (1 + (random() / 4))).TotalMilliseconds));
        return asked is { } least && least > own ? (least < MaxRetryAfter ? least : MaxRetryAfter) : own;
    }

    private TimeSpan Doubled()
    {
        var factor = Math.Pow(2, Math.Min(_failures++, 20));
        var wait = options.RetryMin * factor;
        return wait < options.RetryMax ? wait : options.RetryMax;
    }
}
