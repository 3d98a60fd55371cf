using Aspire.Hosting.ApplicationModel;

namespace LaunchStack.Deployment.Model;

/// <summary>The app model as the publishers see it.</summary>
/// <param name="Application">Name of the whole.</param>
/// <param name="Version">Of the images built from this source.</param>
/// <param name="Workloads">In the order of the app model.</param>
/// <param name="Settings">Of every resource.</param>
internal sealed record DeploymentModel(
    string Application, string Version, IReadOnlyList<Workload> Workloads, Func<string, DeploymentSettings> Settings)
{
    /// <summary>Port that a project's container listens on, as .NET's images have it.</summary>
    public const int ProjectPort = 8080;

    /// <summary>The name of a port that speaks HTTP/2 without TLS.</summary>
    public const string Grpc = "grpc";

    public Workload Find(IResource resource) => Find(resource.Name);

    public Workload Find(string name) =>
        Workloads.FirstOrDefault(workload => workload.Name == name)
        ?? throw new Aspire.Hosting.DistributedApplicationException($"The resource '{name}' is referred to, but nothing of it is deployed.");
}
