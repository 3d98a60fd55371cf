namespace LaunchStack.Deployment.Compose;

/// <summary>The most of it.</summary>
internal sealed record ComposeLimits(string Memory);
