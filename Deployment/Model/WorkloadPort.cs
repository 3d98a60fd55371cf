namespace LaunchStack.Deployment.Model;

/// <summary>A port of a workload.</summary>
/// <param name="Name">Of the endpoint.</param>
/// <param name="Scheme">What is spoken there.</param>
/// <param name="Port">Where it listens in its container.</param>
/// <param name="Usual">Where it is reached outside; null when it is not.</param>
internal sealed record WorkloadPort(string Name, string Scheme, int Port, int? Usual);
