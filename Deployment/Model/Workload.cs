using Aspire.Hosting.ApplicationModel;

namespace LaunchStack.Deployment.Model;

/// <summary>A resource that becomes containers.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Settings">Its size.</param>
/// <param name="Image">Registry, name and tag; of a project the name alone.</param>
/// <param name="Environment">Values as the model has them: text, parameters, references.</param>
/// <param name="Arguments">Likewise.</param>
/// <param name="Ports">Ports that it listens on, by endpoint.</param>
/// <param name="Health">Path of its HTTP health check; null without one.</param>
/// <param name="VolumePath">Path of its volume; null without one.</param>
/// <param name="Gates">What it waits for.</param>
internal sealed record Workload(
    IResource Resource, WorkloadKind Kind, DeploymentSettings Settings, string Image, IReadOnlyDictionary<string, object> Environment,
    IReadOnlyList<object> Arguments, IReadOnlyDictionary<string, WorkloadPort> Ports, string? Health, string? VolumePath, IReadOnlyList<Gate> Gates)
{
    public string Name => Resource.Name;

    public bool IsProject => Resource is ProjectResource;

    /// <summary>The port behind which it is asked for its health, and balanced; null without HTTP.</summary>
    public WorkloadPort? Http => Ports.Values.FirstOrDefault(port => port.Scheme == "http");

    /// <summary>The ports at which others reach it from outside.</summary>
    public IEnumerable<WorkloadPort> Reached => Ports.Values.Where(port => Kind == WorkloadKind.Service && port.Usual is not null);
}
