using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Timescale;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Writes the app model as compose.yaml, <c>.env</c> and Caddyfile, for one host.</summary>
internal sealed class ComposePublisher
{
    private const string FileName = "compose.yaml";
    private const string Gateway = "gateway";
    private const string DataNetwork = "data";
    private const string GatewayImage = "docker.io/library/caddy:2.10-alpine";

    private const string Header =
        """
        # Written by `aspire publish` from AppHost/Program.cs; the next publish writes it again. Settings are in .env, changes of your own
        # belong in compose.override.yaml. Start: docker compose up -d

        """;

    private static readonly EnvSetting Address = new(
        "BIND_ADDRESS", "Address of this host that the services are reached at. The default is this host alone: there is no TLS before a site has a domain name.",
        "127.0.0.1");

    private readonly DeploymentModel _model;
    private readonly EnvFile _settings = new();
    private readonly ComposeValues _values;

    private ComposePublisher(DeploymentModel model)
    {
        _model = model;
        _values = new(model, _settings);
    }

    public static IEnumerable<PublishedFile> Publish(DeploymentModel model, string directory) => new ComposePublisher(model).Files(directory);

    private IEnumerable<PublishedFile> Files(string directory)
    {
        _settings.Add(new("COMPOSE_PROJECT_NAME", "Prefix of containers, volumes and the network.", _model.Application, IsActive: true));
        var services = _model.Workloads.ToDictionary(workload => workload.Name, Service);
        var reached = _model.Workloads.Where(workload => workload.Reached.Any()).ToList();
        if (reached.Count > 0)
            services.Add(Gateway, GatewayService(reached));
        var volumes = services.Values.SelectMany(service => service.Volumes).Select(VolumeName)
            .Where(volume => !volume.StartsWith('.')).ToDictionary(volume => volume, _ => (object)new Dictionary<string, string>());

        // What is stored is reached by those alone that are told where; nothing there speaks to the world.
        var networks = new Dictionary<string, object> { [DataNetwork] = new Dictionary<string, bool> { ["internal"] = true } };

        yield return new(FileName, Header + new ComposeFile(services, networks, volumes));
        yield return new(GatewayFile.Name, GatewayFile.Write(reached));
        foreach (var workload in _model.Workloads)
        {
            if (workload.Settings.Backups is { } path)
                yield return new(BackupFile.NameOf(workload), BackupFile.Write(workload, path));
        }
        var env = Path.Combine(directory, ".env");
        yield return new(".env", _settings.Write(File.Exists(env) ? File.ReadAllText(env) : null), IsPrivate: true);
    }

    private ComposeService Service(Workload workload)
    {
        var service = new ComposeService
        {
            Image = workload.IsProject ? ProjectImage(workload) : workload.Image,
            // Docker would start a job again at every boot; a failed one says why and wants somebody to look.
            Restart = workload.Kind == WorkloadKind.Job ? "no" : "unless-stopped",
            Command = [.. workload.Arguments.Select(_values.Resolve)],
            DependsOn = workload.Gates.ToDictionary(gate => gate.Workload, Dependency),
            Environment = Environment(workload).ToDictionary(),
            Volumes = workload.VolumePath is { } path ? [$"{workload.Name}-data:{path}"] : [],
            Networks = IsStore(workload) ? [DataNetwork] : Stores(workload).Any() ? ["default", DataNetwork] : [],
            Healthcheck = HealthCheck(workload),
            Deploy = Deploy(workload),
        };
        if (workload.Settings.Backups is { } backups)
            service = WithBackups(service, workload, backups);
        return workload.Kind switch
        {
            WorkloadKind.Timescale => service with
            {
                // Parallel queries exchange rows in /dev/shm, of which Docker gives 64 MB.
                ShmSize = "256m",
                // A fast shutdown writes a checkpoint; killed before, the database replays its log at the next start.
                StopGracePeriod = "2m",
            },
            WorkloadKind.RabbitMQ => service with
            {
                // A node's data belongs to its host name; a container's own changes whenever it is made anew.
                Hostname = workload.Name,
                StopGracePeriod = "1m",
            },
            _ => service with
            {
                // The agent registers its machine by its host name.
                Hostname = workload.VolumePath is null ? null : workload.Name,
                StopGracePeriod = "30s",
                ReadOnly = true,
                Tmpfs = ["/tmp"],
                CapDrop = ["ALL"],
            },
        };
    }

    private ComposeService WithBackups(ComposeService service, Workload workload, string path) => service with
    {
        Image = $"{workload.Image}-postgresql",
        PullPolicy = "build",
        Build = new(".", BackupFile.NameOf(workload), new Dictionary<string, string>
        {
            ["IMAGE"] = service.Image,
            ["POSTGRESQL_MAJOR"] = _settings.Add(new(
                "POSTGRESQL_MAJOR", "Major version of the database's PostgreSQL: backups are made by its own tools.",
                $"{TimescaleContainerImageTags.PostgresMajor(_model.Workloads.First(other => other.Kind == WorkloadKind.Timescale).Image)}")),
        }),
        Environment = new Dictionary<string, string>(service.Environment)
        {
            ["Backups__Directory"] = path,
            ["Backups__Schedule"] = _settings.Add(new("BACKUPS_SCHEDULE", "When a backup is made and tried by a restore: a cron expression, UTC.", "0 3 * * *")),
            ["Backups__Key"] = _settings.Add(new("BACKUPS_KEY", "Encrypts backups; at least 16 characters. Nobody reads them without it: keep it elsewhere too.", "")),
        },
        Volumes = [$"{_settings.Add(new(
            "BACKUPS_VOLUME", "Where backups lie: a volume of Docker's, or a directory (best on another disk) that belongs to user 1654.", $"{workload.Name}-backups"))}:{path}"],
    };

    // Of one that may be a directory instead, the default.
    private static string VolumeName(string volume) =>
        volume.StartsWith("${", StringComparison.Ordinal) ? volume[(volume.IndexOf(":-", StringComparison.Ordinal) + 2)..volume.IndexOf('}', StringComparison.Ordinal)] : volume.Split(':')[0];

    private static bool IsStore(Workload workload) => workload.Kind is WorkloadKind.Timescale or WorkloadKind.RabbitMQ;

    private IEnumerable<Workload> Stores(Workload workload) => workload.Gates.Select(gate => _model.Find(gate.Workload)).Where(IsStore);

    private string ProjectImage(Workload workload) =>
        _settings.Add(new("IMAGE_REGISTRY", "Registry of the images, with a slash at its end; empty for images of this host.", ""))
        + workload.Image + ":"
        + _settings.Add(new("LAUNCHSTACK_VERSION", "Version of the images.", _model.Version));

    private ComposeDependency Dependency(Gate gate)
    {
        if (gate.IsCompletion)
            return new("service_completed_successfully");
        return HealthCheck(_model.Find(gate.Workload)) is not null
            ? new("service_healthy")
            : throw new DistributedApplicationException($"Something waits for '{gate.Workload}' to be healthy, but no health check of it can be published.");
    }

    private IEnumerable<KeyValuePair<string, string>> Environment(Workload workload)
    {
        foreach (var (name, value) in workload.Environment)
            yield return new(name, _values.Resolve(value));
        if (workload.Resource is TimescaleServerResource timescale && timescale.Databases.Values.FirstOrDefault() is { } database)
            // The image makes this one, with the extension in it, at its first start.
            yield return new("POSTGRES_DB", database);
        if (workload.IsProject)
        {
            yield return new("OTEL_SERVICE_NAME", workload.Name);
            yield return new("OTEL_EXPORTER_OTLP_ENDPOINT", _settings.Add(new(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "Collector of traces, metrics and logs, such as http://collector:4317. Without one none are recorded.", "")));
        }
    }

    private static ComposeHealthCheck? HealthCheck(Workload workload) => workload switch
    {
        // Over TCP: while the image makes its data directory, a server of its own answers on the socket alone.
        { Kind: WorkloadKind.Timescale } => new(
            ["CMD-SHELL", "psql -h 127.0.0.1 -U \"$$POSTGRES_USER\" -d \"$$POSTGRES_DB\" -qAtc \"SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'\" | grep -q 1"],
            "5s", "5s", 6, "2m"),
        // Each asking starts an Erlang of its own: not more often than this.
        { Kind: WorkloadKind.RabbitMQ } => new(["CMD", "rabbitmq-diagnostics", "-q", "check_port_connectivity"], "15s", "15s", 4, "1m"),
        // The images of projects are Alpine's, which have BusyBox; see Directory.Build.props.
        { Health: { } path, Http: { } http } => new(["CMD", "wget", "-q", "-O", "/dev/null", $"http://127.0.0.1:{http.Port}{path}"], "5s", "5s", 6, "30s"),
        _ => null,
    };

    private ComposeDeploy Deploy(Workload workload)
    {
        var settings = workload.Settings;
        var replicas = workload is { Kind: WorkloadKind.Service, VolumePath: null }
            ? _settings.Add(new(EnvSetting.NameOf(workload.Name, "replicas"), $"Replicas of {workload.Name}.", settings.Replicas.ToString(CultureInfo.InvariantCulture)))
            : null;
        return new(replicas, new(new(_settings.Add(new(
            EnvSetting.NameOf(workload.Name, "memory"), $"Memory of {workload.Name}; a container that wants more is killed.", $"{settings.MemoryMiB}m")))));
    }

    private ComposeService GatewayService(List<Workload> reached)
    {
        var address = _settings.Add(Address);
        var ports = reached.SelectMany(workload => workload.Reached.Select(
            port => (Name: GatewayFile.NameOf(workload, port), Site: GatewayFile.SiteOf(workload, port), Port: port))).ToList();
        return new()
        {
            Image = GatewayImage,
            Restart = "unless-stopped",
            DependsOn = reached.ToDictionary(workload => workload.Name, workload => new ComposeDependency(workload.Health is null ? "service_started" : "service_healthy")),
            Ports = [.. ports.Select(at => $"{address}:"
                + _settings.Add(new(EnvSetting.NameOf(at.Name, "port"), $"Port of {at.Name}.", $"{at.Port.Usual}")) + $":{at.Port.Usual}")],
            Environment = ports.ToDictionary(at => at.Site, at => _settings.Add(new(
                at.Site, $"Address of {at.Name} at the gateway: a port, or a domain name, which wants 80 and 443 published too (compose.override.yaml).", $":{at.Port.Usual}"))),
            Volumes = [$"./{GatewayFile.Name}:/etc/caddy/{GatewayFile.Name}:ro", $"{Gateway}-data:/data"],
            Deploy = new(null, new(new("128m"))),
            ReadOnly = true,
            Tmpfs = ["/config", "/tmp"],
            CapDrop = ["ALL"],
            // A capability of the image's binary: without it in the bounding set the kernel refuses to start it.
            CapAdd = ["NET_BIND_SERVICE"],
        };
    }
}
