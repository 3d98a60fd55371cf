namespace LaunchStack.Deployment.Compose;

/// <summary>What another service must have reached.</summary>
internal sealed record ComposeDependency(string Condition);
