namespace LaunchStack.Agent;

/// <summary>How samples are sent: section <c>Agent:Delivery</c>.</summary>
internal sealed class DeliveryOptions
{
    /// <summary>Samples of one request.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>Patience with one request.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Wait after the first failure; it doubles with every further one.</summary>
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait, unless Retry-After asks for more.</summary>
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait after 401, 403 and other answers that only a person can change.</summary>
    public TimeSpan RefusedRetry { get; set; } = TimeSpan.FromMinutes(1);
}
