namespace LaunchStack.Deployment.Model;

/// <summary>What must have happened before a workload starts.</summary>
/// <param name="Workload">The other workload.</param>
/// <param name="IsCompletion">It must have ended well; otherwise it must be healthy.</param>
internal sealed record Gate(string Workload, bool IsCompletion);
