using Aspire.Hosting.ApplicationModel;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>TimescaleDB by CloudNativePG, with a backup every night by its Barman Cloud plugin. https://cloudnative-pg.io/docs</summary>
internal static class TimescaleManifests
{
    private const string Api = "postgresql.cnpg.io/v1";
    private const string BarmanPlugin = "barman-cloud.cloudnative-pg.io";

    // Of timescale/timescaledb-ha, the makers' image with Debian's layout, as CloudNativePG wants it.
    private const long User = 1000;

    public static IEnumerable<object> Of(DeploymentModel model, Workload workload)
    {
        var (name, settings) = (workload.Name, workload.Settings);
        var database = ((TimescaleServerResource)workload.Resource).Databases.Values.First();
        var store = $"{name}-backups";
        // "2.29.2-pg17": both images carry the two versions.
        var tag = workload.Image[(workload.Image.LastIndexOf(':') + 1)..].Split("-pg");
        var major = int.Parse(tag[1], System.Globalization.CultureInfo.InvariantCulture);

        // The operator reads the major version from an image's tag, and cannot from this one's.
        yield return new
        {
            apiVersion = Api, kind = "ImageCatalog", metadata = Labels.Metadata(name, model.Application),
            spec = new { images = new[] { new { major, image = $"docker.io/timescale/timescaledb-ha:pg{major}-ts{tag[0][..tag[0].LastIndexOf('.')]}" } } },
        };
        yield return new
        {
            apiVersion = Api, kind = "Cluster", metadata = Labels.Metadata(name, model.Application),
            spec = new
            {
                instances = settings.Replicas,
                imageCatalogRef = new { apiGroup = "postgresql.cnpg.io", kind = "ImageCatalog", name, major },
                postgresUID = User,
                postgresGID = User,
                bootstrap = new
                {
                    initdb = new { database, owner = database, dataChecksums = true, postInitApplicationSQL = new[] { "CREATE EXTENSION IF NOT EXISTS timescaledb" } },
                },
                postgresql = new Dictionary<string, object>
                {
                    ["shared_preload_libraries"] = new[] { "timescaledb" },
                    ["parameters"] = new Dictionary<string, string>
                    {
                        ["max_connections"] = $"{settings.MaxConnections}",
                        ["shared_buffers"] = $"{settings.MemoryMiB / 4}MB",
                        ["effective_cache_size"] = $"{settings.MemoryMiB * 3 / 4}MB",
                        ["timescaledb.telemetry_level"] = "off",
                    },
                    // An answer to a sample means that a second machine has it: what was acknowledged outlives a failover.
                    ["synchronous"] = new { method = "any", number = 1 },
                },
                resources = Pods.Resources(settings),
                storage = new { size = $"{settings.StorageGiB}Gi" },
                walStorage = new { size = $"{Math.Max(10, settings.StorageGiB / 10)}Gi" },
                affinity = new { enablePodAntiAffinity = true, topologyKey = "kubernetes.io/hostname", podAntiAffinityType = "required" },
                plugins = new[] { new { name = BarmanPlugin, isWALArchiver = true, parameters = new { barmanObjectName = store } } },
            },
        };
        yield return new
        {
            apiVersion = "barmancloud.cnpg.io/v1", kind = "ObjectStore", metadata = Labels.Metadata(store, model.Application, name),
            spec = new
            {
                retentionPolicy = "30d",
                configuration = new
                {
                    // Yours: patch it in an overlay, with endpointURL where the store is not Amazon's.
                    destinationPath = $"s3://{model.Application}-backups/",
                    s3Credentials = new
                    {
                        accessKeyId = new { name = store, key = "ACCESS_KEY_ID" },
                        secretAccessKey = new { name = store, key = "ACCESS_SECRET_KEY" },
                    },
                    wal = new { compression = "gzip" },
                    data = new { compression = "gzip" },
                },
            },
        };
        yield return new
        {
            apiVersion = Api, kind = "ScheduledBackup", metadata = Labels.Metadata(name, model.Application),
            spec = new
            {
                // Six fields, seconds first: every night at two.
                schedule = "0 0 2 * * *",
                immediate = true,
                backupOwnerReference = "self",
                cluster = new { name },
                method = "plugin",
                pluginConfiguration = new { name = BarmanPlugin },
            },
        };
    }
}
