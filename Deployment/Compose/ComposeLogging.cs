namespace LaunchStack.Deployment.Compose;

/// <summary>Where a container's output goes. Docker's default driver never rotates: a chatty service would fill the disk that the database needs.</summary>
internal sealed record ComposeLogging
{
    public string Driver { get; } = "json-file";

    public IReadOnlyDictionary<string, string> Options { get; } = new Dictionary<string, string> { ["max-size"] = "10m", ["max-file"] = "5" };
}
