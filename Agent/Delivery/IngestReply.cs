namespace LaunchStack.Agent.Delivery;

/// <summary>An HTTP answer as it came, read by nobody yet.</summary>
/// <param name="Status">Its status code.</param>
/// <param name="MediaType">Of the body, without parameters.</param>
/// <param name="Body">Its bytes: no charset a proxy may claim changes that JSON is UTF-8.</param>
/// <param name="RetryAfter">What it asks to wait.</param>
internal sealed record IngestReply(int Status, string? MediaType, byte[] Body, TimeSpan? RetryAfter = null);
