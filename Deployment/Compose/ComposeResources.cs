namespace LaunchStack.Deployment.Compose;

/// <summary>What a container may use.</summary>
internal sealed record ComposeResources(ComposeLimits Limits);
