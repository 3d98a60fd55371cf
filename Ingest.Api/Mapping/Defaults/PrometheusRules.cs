using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Mapping.SeriesKind;
using static LaunchStack.Usage.Samples.Measure;

namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>cAdvisor's container_* (Docker and Kubernetes) and node_exporter's node_*.</summary>
internal static class PrometheusRules
{
    private static readonly string[] Container = ["name", "container_label_com_docker_compose_service"];
    private static readonly string[] Pod = ["pod", "pod_name"];
    private static readonly string[] Host = ["nodename", "instance"];
    private const string NoRealDisk = "!tmpfs|ramfs|overlay|squashfs|iso9660|rootfs|nsfs|.*fuse.*";

    // Of what cAdvisor has no runtime for (Podman, CRI-O) it knows the cgroup alone. The process that watches a container is none of it.
    private const string ContainerId = "(.*/)?((docker|libpod|libpod-payload|crio|cri-containerd|containerd|nerdctl|podman)-)?[0-9a-f]{64}([.]scope)?";

    // In Kubernetes the same names also come for the pod as a whole and for its pause container: those would count twice.
    private const string RealContainer = "!|POD";

    public static IEnumerable<MappingRule> All { get; } =
    [
        // Cores are summed where cAdvisor reports each; where it also gives their total, that is a group of its own.
        .. OfContainer("container_cpu_usage_seconds_total", CpuUsage, Rate, 100, ("cpu", "total|")),
        .. OfContainer("container_cpu_usage_seconds_total", CpuUsage, Rate, 100, ("cpu", "cpu[0-9]+")).Select(OfOneCore),
        .. OfPod("container_cpu_usage_seconds_total", CpuUsage, Rate, 100, ("cpu", "total|")),
        .. OfContainer("container_memory_working_set_bytes", MemoryUsage, Gauge, 1),
        .. OfPod("container_memory_working_set_bytes", MemoryUsage, Gauge, 1),
        .. OfContainer("container_spec_memory_limit_bytes", MemoryLimit, Gauge, 1),
        .. OfPod("container_spec_memory_limit_bytes", MemoryLimit, Gauge, 1),
        .. OfContainer("container_fs_usage_bytes", DiskUsage, Gauge, 1),
        .. OfPod("container_fs_usage_bytes", DiskUsage, Gauge, 1),
        .. OfContainer("container_network_receive_bytes_total", NetworkIn, Counter, 1, ("interface", "!lo")),
        Rule("container_network_receive_bytes_total", NetworkIn, Counter, 1, Pod, ("pod", ".+"), ("interface", "!lo")),
        .. OfContainer("container_network_transmit_bytes_total", NetworkOut, Counter, 1, ("interface", "!lo")),
        Rule("container_network_transmit_bytes_total", NetworkOut, Counter, 1, Pod, ("pod", ".+"), ("interface", "!lo")),

        OfOneCore(Rule("node_cpu_seconds_total", CpuUsage, Rate, 100, Host, ("mode", "!idle|iowait"))),
        Grouped("node_memory_MemTotal_bytes", MemoryUsage, 1),
        Grouped("node_memory_MemAvailable_bytes", MemoryUsage, -1),
        Rule("node_memory_MemTotal_bytes", MemoryLimit, Gauge, 1, Host),
        Grouped("node_filesystem_size_bytes", DiskUsage, 1, ("fstype", NoRealDisk)),
        Grouped("node_filesystem_free_bytes", DiskUsage, -1, ("fstype", NoRealDisk)),
        Rule("node_network_receive_bytes_total", NetworkIn, Counter, 1, Host, ("device", BuiltInRules.NotCountedElsewhere)),
        Rule("node_network_transmit_bytes_total", NetworkOut, Counter, 1, Host, ("device", BuiltInRules.NotCountedElsewhere)),
    ];

    private static IEnumerable<MappingRule> OfContainer(
        string series, Measure column, SeriesKind kind, double scale, params (string Label, string Value)[] match) =>
    [
        Rule(series, column, kind, scale, ["id"], [("pod", ""), .. Container.Select(label => (label, "")), ("id", ContainerId), .. match]),
        Rule(series, column, kind, scale, Container, [("pod", ""), .. match]),
    ];

    // The kubelet tells of the same containers at /metrics/cadvisor and at /metrics/resource, there without the cgroup's name: two groups, of
    // which the greater counts.
    private static IEnumerable<MappingRule> OfPod(
        string series, Measure column, SeriesKind kind, double scale, params (string Label, string Value)[] match) =>
    [
        Rule(series, column, kind, scale, Pod, [("container", RealContainer), ("id", "!"), .. match]),
        Rule(series, column, kind, scale, Pod, [("container", RealContainer), ("id", ""), .. match]),
    ];

    // One core is busy for a second a second at most; scrapes under load are not on time.
    private static MappingRule OfOneCore(MappingRule rule)
    {
        rule.Highest = 200;
        return rule;
    }

    private static MappingRule Grouped(string series, Measure column, double scale, params (string, string)[] match)
    {
        var rule = Rule(series, column, Gauge, scale, Host, match);
        rule.Group = "node";
        return rule;
    }

    private static MappingRule Rule(
        string series, Measure column, SeriesKind kind, double scale, string[] instance, params (string Label, string Value)[] match) =>
        MappingRule.For(WireProtocol.Prometheus, series, column, kind, instance, scale, match);
}
