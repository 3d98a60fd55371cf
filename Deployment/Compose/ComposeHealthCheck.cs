namespace LaunchStack.Deployment.Compose;

/// <summary>How a service is asked for its health.</summary>
internal sealed record ComposeHealthCheck(IReadOnlyList<string> Test, string Interval, string Timeout, int Retries, string StartPeriod);
