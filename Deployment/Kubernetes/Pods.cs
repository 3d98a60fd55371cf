using Aspire.Hosting;
using k8s.Models;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>Pods of projects.</summary>
internal sealed class Pods(DeploymentModel model)
{
    // APP_UID of .NET's images.
    private const long User = 1654;

    // Of the Kubernetes project, without a shell; waits for a job through the API server.
    private const string KubectlImage = "registry.k8s.io/kubectl:v1.34.1";
    private const string ApiAccess = "api-access";

    /// <summary>Where an API server's clients look for their account.</summary>
    private const string AccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Name of a job: one for each version, since a job cannot be changed and an old one's success says nothing of the next.</summary>
    public static string JobName(DeploymentModel model, string name) => $"{name}-{model.Version.Replace('.', '-').ToLowerInvariant()}";

    public static string ImageOf(DeploymentModel model, Workload workload) => $"{workload.Image}:{model.Version}";

    public V1PodTemplateSpec Template(Workload workload, string restartPolicy = "Always")
    {
        var waitsForJob = workload.Gates.Any(gate => gate.IsCompletion);
        return new()
        {
            Metadata = new() { Labels = Labels.Of(workload.Name, model.Application) },
            Spec = new()
            {
                RestartPolicy = restartPolicy == "Always" ? null : restartPolicy,
                ServiceAccountName = model.Application,
                // Only what waits for a job speaks to the API server: its init container mounts the account.
                AutomountServiceAccountToken = false,
                SecurityContext = new()
                {
                    RunAsNonRoot = true, RunAsUser = User, RunAsGroup = User, FsGroup = User, SeccompProfile = new() { Type = "RuntimeDefault" },
                },
                TopologySpreadConstraints = workload.Settings.Replicas < 2 ? null :
                [
                    new() { MaxSkew = 1, TopologyKey = "kubernetes.io/hostname", WhenUnsatisfiable = "ScheduleAnyway", LabelSelector = Labels.Selector(workload.Name) },
                ],
                InitContainers = workload.Gates.Count == 0 ? null : [.. workload.Gates.Select(gate => Gate(workload, gate))],
                Containers = [Container(workload)],
                Volumes =
                [
                    new() { Name = "tmp", EmptyDir = new() { SizeLimit = new("64Mi") } },
                    .. workload.VolumePath is null ? Array.Empty<V1Volume>() :
                        [new() { Name = "data", PersistentVolumeClaim = new() { ClaimName = $"{workload.Name}-data" } }],
                    .. waitsForJob ? [Account()] : Array.Empty<V1Volume>(),
                ],
            },
        };
    }

    private V1Container Container(Workload workload)
    {
        var resolver = KubernetesValues.EnvironmentOf(model, workload);
        var container = new V1Container
        {
            Name = workload.Name,
            Image = ImageOf(model, workload),
            Env = [.. resolver, new() { Name = "OTEL_SERVICE_NAME", Value = workload.Name }],
            // Settings for every service, such as OTEL_EXPORTER_OTLP_ENDPOINT.
            EnvFrom = [new() { ConfigMapRef = new() { Name = model.Application, Optional = true } }],
            Resources = Resources(workload.Settings),
            SecurityContext = Restricted(),
            VolumeMounts =
            [
                new() { Name = "tmp", MountPath = "/tmp" },
                .. workload.VolumePath is { } path ? [new() { Name = "data", MountPath = path }] : Array.Empty<V1VolumeMount>(),
            ],
        };
        if (workload is { Kind: WorkloadKind.Service, Http: { } http })
        {
            container.Ports = [.. workload.Ports.Values.Select(port => new V1ContainerPort { Name = port.Name, ContainerPort = port.Port })];
            // The endpoint is taken away and the pod told to stop at the same moment: for some seconds requests still come.
            container.Lifecycle = new() { PreStop = new() { Sleep = new() { Seconds = 5 } } };
            if (workload.Health is { } ready)
            {
                container.StartupProbe = Probe(Alive, http, period: 2, failures: 60);
                container.LivenessProbe = Probe(Alive, http, period: 10, failures: 3);
                container.ReadinessProbe = Probe(ready, http, period: 5, failures: 2);
            }
        }
        return container;
    }

    // A database that is away is no reason to start a service again: liveness asks for the process alone (ServiceDefaults).
    private const string Alive = "/alive";

    // ServiceDefaults gives each check 2 s.
    private static V1Probe Probe(string path, WorkloadPort http, int period, int failures) => new()
    {
        HttpGet = new() { Path = path, Port = http.Name }, PeriodSeconds = period, TimeoutSeconds = 3, FailureThreshold = failures,
    };

    private V1Container Gate(Workload workload, Gate gate)
    {
        var other = model.Find(gate.Workload);
        var container = new V1Container
        {
            Name = $"wait-for-{other.Name}",
            SecurityContext = Restricted(),
            Resources = new()
            {
                Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("10m"), ["memory"] = new("128Mi") },
                Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("128Mi") },
            },
        };
        if (gate.IsCompletion)
        {
            container.Image = KubectlImage;
            container.Args = ["wait", "--for=condition=complete", $"job/{JobName(model, other.Name)}", "--timeout=10m"];
            container.VolumeMounts = [new() { Name = ApiAccess, MountPath = AccountPath, ReadOnlyProperty = true }];
            return container;
        }
        // A service leads to ready pods only, so a connection means that one is. BusyBox is in the project's own image.
        var port = other.Http ?? other.Ports.Values.FirstOrDefault()
            ?? throw new DistributedApplicationException($"'{workload.Name}' waits for '{other.Name}', which has no port that could be asked.");
        container.Image = ImageOf(model, workload);
        container.Command = ["sh", "-c", $"until nc -z -w 2 {KubernetesValues.ServiceOf(other)} {port.Port}; do sleep 2; done"];
        return container;
    }

    public static V1ResourceRequirements Resources(DeploymentSettings settings) => new()
    {
        // No limit of processor time: it would throttle a burst on an idle node.
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new($"{settings.CpuMillicores}m"), ["memory"] = new($"{settings.MemoryMiB}Mi") },
        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new($"{settings.MemoryMiB}Mi") },
    };

    private static V1SecurityContext Restricted() => new()
    {
        AllowPrivilegeEscalation = false, ReadOnlyRootFilesystem = true, Capabilities = new() { Drop = ["ALL"] },
    };

    // What the API server would mount into every container of the pod.
    private static V1Volume Account() => new()
    {
        Name = ApiAccess,
        Projected = new()
        {
            Sources =
            [
                new() { ServiceAccountToken = new() { Path = "token", ExpirationSeconds = 3600 } },
                new() { ConfigMap = new() { Name = "kube-root-ca.crt", Items = [new() { Key = "ca.crt", Path = "ca.crt" }] } },
                new()
                {
                    DownwardAPI = new() { Items = [new() { Path = "namespace", FieldRef = new() { FieldPath = "metadata.namespace" } }] },
                },
            ],
        },
    };
}
