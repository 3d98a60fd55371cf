using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using k8s;
using k8s.Models;

namespace LaunchStack.Deployment.Tests;

/// <summary>The manifests.</summary>
public sealed partial class KubernetesTests(PublishedFixture published)
{
    private static readonly Dictionary<string, Type> BuiltIn = new()
    {
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["v1/Service"] = typeof(V1Service),
        ["v1/PersistentVolumeClaim"] = typeof(V1PersistentVolumeClaim),
        ["rbac.authorization.k8s.io/v1/Role"] = typeof(V1Role),
        ["rbac.authorization.k8s.io/v1/RoleBinding"] = typeof(V1RoleBinding),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["batch/v1/Job"] = typeof(V1Job),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
    };

    private readonly string[] _documents = [.. Directory.EnumerateFiles(Path.Combine(published.Directory, "kubernetes"), "*.yaml")
        .Where(file => Path.GetFileName(file) != "kustomization.yaml").SelectMany(file => File.ReadAllText(file).Split("\n---\n"))];

    private Dictionary<string, V1PodSpec>? _pods;

    private IEnumerable<JsonNode> Manifests => _documents.Select(Yaml.Parse);

    private Dictionary<string, V1PodSpec> Pods => _pods ??= All<V1Deployment>().Select(d => (d.Spec.Template.Metadata.Labels["app.kubernetes.io/name"], d.Spec.Template.Spec))
        .Concat(All<V1Job>().Select(j => (j.Spec.Template.Metadata.Labels["app.kubernetes.io/name"], j.Spec.Template.Spec))).ToDictionary();

    [Fact]
    public void Manifests_of_kubernetes_own_kinds_parse_strictly()
    {
        var kinds = new HashSet<string>();
        foreach (var text in _documents)
        {
            var key = Key(Yaml.Parse(text));
            if (!BuiltIn.ContainsKey(key))
                continue;
            var parsed = KubernetesYaml.LoadAllFromString(text, BuiltIn, strict: true);
            Assert.Single(parsed);
            kinds.Add(key);
        }
        Assert.Equal(BuiltIn.Keys.Order(), kinds.Order());
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nspec:\n  prots: []\n", BuiltIn, strict: true));
    }

    [Fact]
    public void Custom_resources_are_valid_by_their_definitions()
    {
        var kinds = new HashSet<string>();
        foreach (var manifest in Manifests.Where(manifest => !BuiltIn.ContainsKey(Key(manifest))))
        {
            var kind = $"{((string)manifest["apiVersion"]!).Split('/')[0]}-{manifest["kind"]}";
            var schema = SchemaErrors.Load(kind);
            Assert.Equal([], SchemaErrors.Of(schema, manifest));

            manifest["spec"]!["instanecs"] = 3;
            Assert.NotEmpty(SchemaErrors.Of(schema, manifest));
            kinds.Add(kind);
        }
        Assert.Equal(
            new HashSet<string>
            {
                "postgresql.cnpg.io-Cluster", "postgresql.cnpg.io-ImageCatalog", "postgresql.cnpg.io-ScheduledBackup", "barmancloud.cnpg.io-ObjectStore",
                "rabbitmq.com-RabbitmqCluster",
            }, kinds);
    }

    [Fact]
    public void The_kustomization_names_every_file_and_no_other()
    {
        var files = Directory.EnumerateFiles(Path.Combine(published.Directory, "kubernetes")).Select(file => Path.GetFileName(file)!).Where(file => file != "kustomization.yaml");

        Assert.Equal(files.Order(), Yaml.Parse(published.Read("kubernetes", "kustomization.yaml"))["resources"]!.AsArray().Select(file => (string)file!).Order());
    }

    [Fact]
    public void Each_wait_of_the_model_is_an_init_container()
    {
        var gates = 0;
        var job = All<V1Job>().Single().Metadata.Name;
        foreach (var resource in published.Resources.Where(resource => Pods.ContainsKey(resource.Name)))
        {
            foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().Where(wait => wait.Resource is not (ParameterResource or ConnectionStringResource)))
            {
                var root = Root(wait.Resource).Name;
                var gate = Pods[resource.Name].InitContainers.SingleOrDefault(container => container.Name == $"wait-for-{root}");
                Assert.True(gate is not null, $"{resource.Name} waits for {wait.Resource.Name} in the model, and not in its pod");
                if (wait.WaitType == WaitType.WaitForCompletion)
                    Assert.Contains($"job/{job}", gate.Args);
                else
                    Assert.Matches($"nc -z .* {root}(-rw)? \\d+;", gate.Command.Last());
                gates++;
            }
        }
        Assert.True(gates >= 8, $"{gates} gates");
    }

    [Fact]
    public void Each_health_check_of_the_model_is_a_readiness_probe_and_liveness_does_not_ask_for_the_database()
    {
        var probed = 0;
        foreach (var resource in published.Resources.OfType<ProjectResource>().Where(resource => resource.HasAnnotationOfType<HealthCheckAnnotation>()))
        {
            var container = Pods[resource.Name].Containers.Single();
            Assert.Equal("/health", container.ReadinessProbe.HttpGet.Path);
            Assert.Equal("/alive", container.LivenessProbe.HttpGet.Path);
            Assert.Equal("/alive", container.StartupProbe.HttpGet.Path);
            probed++;
        }
        Assert.True(probed >= 2);
    }

    [Fact]
    public void Pods_run_as_nobody_in_particular_and_hold_no_account()
    {
        Assert.NotEmpty(Pods);
        foreach (var pod in Pods.Values)
        {
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.NotEqual(0, pod.SecurityContext.RunAsUser);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.False(pod.AutomountServiceAccountToken);
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Contains("memory", container.Resources.Limits.Keys);
                Assert.Equal(
                    container.Name == "wait-for-migrator",
                    container.VolumeMounts?.Any(mount => mount.MountPath == "/var/run/secrets/kubernetes.io/serviceaccount") ?? false);
            }
        }
    }

    [Fact]
    public void Database_and_broker_are_reached_by_those_alone_that_wait_for_them()
    {
        var policies = All<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name, policy => policy.Spec);

        Assert.Superset(new HashSet<string>([.. Pods.Keys, "timescale", "messaging"]), policies.Keys.ToHashSet());
        Assert.Equal(["aggregator", "ingest-api", "migrator", "operations"], Clients("timescale", "5432"));
        Assert.Equal(["aggregator", "ingest-api"], Clients("messaging", "5672"));
        Assert.Empty(policies["agent"].Ingress ?? []);
        Assert.Equal(["8080", "4317"], policies["ingest-api"].Ingress.Single().Ports.Select(port => port.Port.Value));

        IEnumerable<string> Clients(string store, string port) => policies[store].Ingress.Single(rule => rule.Ports?.Any(p => p.Port.Value == port) == true).FromProperty
            .Where(peer => peer.NamespaceSelector is null && peer.PodSelector.MatchLabels.ContainsKey("app.kubernetes.io/name"))
            .Select(peer => peer.PodSelector.MatchLabels["app.kubernetes.io/name"]).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void OTLP_over_gRPC_has_a_port_of_its_own()
    {
        var ingest = Pods["ingest-api"].Containers.Single();
        Assert.Equal("http://*:4317", ingest.Env.Single(variable => variable.Name == "Ingest__GrpcUrl").Value);
        Assert.Equal(4317, ingest.Ports.Single(port => port.Name == "grpc").ContainerPort);
        var service = All<V1Service>().Single(service => service.Metadata.Name == "ingest-api").Spec.Ports.Single(port => port.Name == "grpc");
        Assert.Equal((4317, "grpc", "kubernetes.io/h2c"), (service.Port, service.TargetPort.Value, service.AppProtocol));
        Assert.Equal("http", ingest.ReadinessProbe.HttpGet.Port.Value);
    }

    [Fact]
    public void Secrets_are_referred_to_and_no_file_holds_one()
    {
        Assert.DoesNotContain(Manifests, manifest => (string?)manifest["kind"] == "Secret");
        foreach (var variable in Pods.Values.SelectMany(pod => pod.Containers).SelectMany(container => container.Env).Where(variable => SecretName().IsMatch(variable.Name)))
            Assert.True(variable.ValueFrom?.SecretKeyRef is not null || variable.Value.Contains("Password=$(TIMESCALE_PASSWORD)", StringComparison.Ordinal), variable.Name);
        var ingest = Pods["ingest-api"].Containers.Single().Env.ToDictionary(variable => variable.Name);
        Assert.Equal(("timescale-app", "password"), (ingest["TIMESCALE_PASSWORD"].ValueFrom.SecretKeyRef.Name, ingest["TIMESCALE_PASSWORD"].ValueFrom.SecretKeyRef.Key));
        Assert.Equal(("messaging-default-user", "connection_string"), (ingest["ConnectionStrings__messaging"].ValueFrom.SecretKeyRef.Name, ingest["ConnectionStrings__messaging"].ValueFrom.SecretKeyRef.Key));
        Assert.Equal("admin-key", ingest["Auth__AdminKey"].ValueFrom.SecretKeyRef.Key);
    }

    /// <summary>Kubernetes replaces $(NAME) only where NAME stands before.</summary>
    [Fact]
    public void A_variable_that_refers_to_another_stands_behind_it()
    {
        foreach (var container in Pods.Values.SelectMany(pod => pod.Containers))
        {
            var known = new HashSet<string>();
            foreach (var variable in container.Env)
            {
                foreach (Match reference in Reference().Matches(variable.Value ?? ""))
                    Assert.Contains(reference.Groups["name"].Value, known);
                Assert.True(known.Add(variable.Name), $"{variable.Name} stands twice in {container.Name}");
            }
            Assert.Contains(container.Name switch { "agent" => "Auth__Key", "web" => "Web__StateDirectory", _ => "ConnectionStrings__launchstack" }, known);
        }
    }

    [Fact]
    public void Two_of_each_service_run_and_ingest_grows_under_load()
    {
        var autoscaler = All<V2HorizontalPodAutoscaler>().Single();
        var deployments = All<V1Deployment>().ToDictionary(deployment => deployment.Metadata.Name);

        Assert.Equal(("ingest-api", 2), (autoscaler.Spec.ScaleTargetRef.Name, autoscaler.Spec.MinReplicas));
        // A number here would undo the autoscaler's at every apply.
        Assert.Null(deployments["ingest-api"].Spec.Replicas);
        Assert.Equal(2, deployments["aggregator"].Spec.Replicas);
        Assert.Superset(new HashSet<string> { "ingest-api", "aggregator", "messaging" }, All<V1PodDisruptionBudget>().Select(budget => budget.Metadata.Name).ToHashSet());
        Assert.All(deployments.Values, deployment => Assert.Equal(deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Metadata.Labels.Where(label => label.Key == "app.kubernetes.io/name")));
    }

    [Fact]
    public void What_was_acknowledged_outlives_a_machine()
    {
        var cluster = Manifests.Single(manifest => (string?)manifest["kind"] == "Cluster")["spec"]!;
        var broker = Manifests.Single(manifest => (string?)manifest["kind"] == "RabbitmqCluster")["spec"]!;

        Assert.Equal((3, 1), ((int)cluster["instances"]!, (int)cluster["postgresql"]!["synchronous"]!["number"]!));
        Assert.Equal("timescaledb", (string?)cluster["postgresql"]!["shared_preload_libraries"]![0]);
        Assert.Equal(3, (int)broker["replicas"]!);
        Assert.Contains("consumer_timeout = 90000000", (string?)broker["rabbitmq"]!["additionalConfig"], StringComparison.Ordinal);
        Assert.Contains("default_queue_type = quorum", (string?)broker["rabbitmq"]!["additionalConfig"], StringComparison.Ordinal);
        Assert.Equal("plugin", (string?)Manifests.Single(manifest => (string?)manifest["kind"] == "ScheduledBackup")["spec"]!["method"]);
    }

    private IEnumerable<T> All<T>() => _documents.Where(text => BuiltIn.TryGetValue(Key(Yaml.Parse(text)), out var type) && type == typeof(T))
        .Select(text => KubernetesYaml.Deserialize<T>(text, strict: true));

    private static string Key(JsonNode manifest) => $"{manifest["apiVersion"]}/{manifest["kind"]}";

    private static IResource Root(IResource resource) => resource is IResourceWithParent child ? Root(child.Parent) : resource;

    [GeneratedRegex("(?i)key|password|connectionstrings")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?<!\$)\$\((?<name>[A-Za-z_0-9]+)\)")]
    private static partial Regex Reference();
}
