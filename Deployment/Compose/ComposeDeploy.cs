namespace LaunchStack.Deployment.Compose;

/// <summary>How many run, and how large.</summary>
internal sealed record ComposeDeploy(string? Replicas, ComposeResources Resources);
