using k8s.Models;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>A project that runs on: its deployment, and what keeps enough of it running.</summary>
internal static class ServiceManifests
{
    // Half of the headroom that a new pod needs to be up in time.
    private const int TargetUtilization = 70;

    public static IEnumerable<object> Of(DeploymentModel model, Pods pods, Workload workload)
    {
        var (name, settings) = (workload.Name, workload.Settings);
        var scales = settings.MaxReplicas > settings.Replicas;
        if (workload.VolumePath is not null)
        {
            yield return new V1PersistentVolumeClaim
            {
                ApiVersion = "v1", Kind = "PersistentVolumeClaim", Metadata = Labels.Metadata($"{name}-data", model.Application, name),
                Spec = new()
                {
                    AccessModes = ["ReadWriteOnce"],
                    Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new($"{settings.StorageGiB}Gi") } },
                },
            };
        }
        yield return new V1Deployment
        {
            ApiVersion = "apps/v1", Kind = "Deployment", Metadata = Labels.Metadata(name, model.Application),
            Spec = new()
            {
                // Where the autoscaler decides, a number here would undo its decision at every apply.
                Replicas = scales ? null : settings.Replicas,
                RevisionHistoryLimit = 5,
                Selector = Labels.Selector(name),
                // A volume is one pod's; otherwise a new pod is ready before an old one goes.
                Strategy = workload.VolumePath is null
                    ? new() { Type = "RollingUpdate", RollingUpdate = new() { MaxSurge = 1, MaxUnavailable = 0 } }
                    : new() { Type = "Recreate" },
                Template = pods.Template(workload),
            },
        };
        if (workload.Http is not null)
        {
            yield return new V1Service
            {
                ApiVersion = "v1", Kind = "Service", Metadata = Labels.Metadata(name, model.Application),
                Spec = new()
                {
                    Selector = Labels.Selector(name).MatchLabels,
                    SessionAffinity = settings.Sticky ? "ClientIP" : null,
                    Ports =
                    [
                        .. workload.Ports.Values.Select(port => new V1ServicePort
                        {
                            Name = port.Name, Port = port.Port, TargetPort = port.Name,
                            // https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
                            AppProtocol = port.Scheme == "h2c" ? "kubernetes.io/h2c" : port.Scheme,
                        }),
                    ],
                },
            };
        }
        if (settings.Replicas > 1)
            yield return Disruption(name, model.Application);
        if (scales)
        {
            yield return new V2HorizontalPodAutoscaler
            {
                ApiVersion = "autoscaling/v2", Kind = "HorizontalPodAutoscaler", Metadata = Labels.Metadata(name, model.Application),
                Spec = new()
                {
                    ScaleTargetRef = new() { ApiVersion = "apps/v1", Kind = "Deployment", Name = name },
                    MinReplicas = settings.Replicas,
                    MaxReplicas = settings.MaxReplicas!.Value,
                    Metrics = [new() { Type = "Resource", Resource = new() { Name = "cpu", Target = new() { Type = "Utilization", AverageUtilization = TargetUtilization } } }],
                    Behavior = new() { ScaleDown = new() { StabilizationWindowSeconds = 300 } },
                },
            };
        }
    }

    /// <summary>A drained node takes one pod at a time.</summary>
    public static V1PodDisruptionBudget Disruption(string name, string application) => new()
    {
        ApiVersion = "policy/v1", Kind = "PodDisruptionBudget", Metadata = Labels.Metadata(name, application),
        Spec = new() { MaxUnavailable = 1, Selector = Labels.Selector(name), UnhealthyPodEvictionPolicy = "AlwaysAllow" },
    };
}
