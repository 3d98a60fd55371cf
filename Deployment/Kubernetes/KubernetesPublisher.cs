using k8s;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>Writes the app model as manifests and a kustomization, for a cluster with the operators of CloudNativePG and RabbitMQ.</summary>
internal static class KubernetesPublisher
{
    private const string Header = "# Written by `aspire publish` from AppHost/Program.cs; changes belong in an overlay. See docs/deployment.md.\n";

    public static IEnumerable<PublishedFile> Publish(DeploymentModel model)
    {
        var pods = new Pods(model);
        List<PublishedFile> files = [File("access", AccessManifests.Of(model.Application))];
        files.AddRange(model.Workloads.Select(workload => File(workload.Name, [.. workload.Kind switch
        {
            WorkloadKind.Timescale => TimescaleManifests.Of(model, workload),
            WorkloadKind.RabbitMQ => RabbitMQManifests.Of(model, workload),
            WorkloadKind.Job => JobManifests.Of(model, pods, workload),
            _ => ServiceManifests.Of(model, pods, workload),
        }, NetworkManifests.Of(model, workload)])));
        return [.. files, Kustomization(model, [.. files.Select(file => file.Name)])];
    }

    private static PublishedFile Kustomization(DeploymentModel model, IReadOnlyList<string> resources) => File("kustomization",
    [
        new
        {
            apiVersion = "kustomize.config.k8s.io/v1beta1",
            kind = "Kustomization",
            @namespace = model.Application,
            resources,
            images = model.Workloads.Where(workload => workload.IsProject).Select(workload => workload.Image).Distinct()
                .Select(name => new { name, newName = name, newTag = model.Version }).ToList(),
        },
    ]);

    private static PublishedFile File(string name, IEnumerable<object> manifests) =>
        new($"{name}.yaml", Header + string.Join("---\n", manifests.Select(manifest => KubernetesYaml.Serialize(manifest).TrimEnd() + "\n")));
}
