namespace LaunchStack.Deployment.Compose;

/// <summary>How the image of a service is made on the host.</summary>
internal sealed record ComposeBuild(string Context, string Dockerfile, IReadOnlyDictionary<string, string> Args);
