using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Mapping.SeriesKind;
using static LaunchStack.Usage.Samples.Measure;

namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>
/// OpenTelemetry: the semantic conventions container.* and system.*, the Collector's docker_stats, kubeletstats and
/// hostmetrics receivers. See https://opentelemetry.io/docs/specs/semconv/system/.
/// </summary>
internal static class OtlpRules
{
    private static readonly string[] Container = ["container.name", "k8s.pod.name", "container.hostname", "container.id"];
    private static readonly string[] Host = ["host.name", "service.instance.id"];
    private const string Idle = "!idle|wait|iowait";
    private const string NoRealDisk = "!tmpfs|devtmpfs|overlay|squashfs|iso9660";

    public static IEnumerable<MappingRule> All { get; } =
    [
        Rule("container.cpu.time", CpuUsage, Rate, 100, Container),
        Rule("container.cpu.usage", CpuUsage, Gauge, 100, Container),
        Rule("container.memory.usage", MemoryUsage, Gauge, 1, Container),
        Rule("container.memory.limit", MemoryLimit, Gauge, 1, Container),
        Rule("container.filesystem.usage", DiskUsage, Gauge, 1, Container),
        .. Io("container.network.io", Container, "network.interface.name", "!lo"),

        // docker_stats: its utilization is percent of one core, kubeletstats' is cores.
        Rule("container.cpu.utilization", CpuUsage, Gauge, 1, Container, ("k8s.pod.name", "")),
        Rule("container.cpu.utilization", CpuUsage, Gauge, 100, Container),
        Rule("container.cpu.usage.total", CpuUsage, Rate, 1e-7, Container),
        Rule("container.memory.usage.total", MemoryUsage, Gauge, 1, Container),
        Rule("container.memory.usage.limit", MemoryLimit, Gauge, 1, Container),
        Rule("container.network.io.usage.rx_bytes", NetworkIn, Counter, 1, Container),
        Rule("container.network.io.usage.tx_bytes", NetworkOut, Counter, 1, Container),

        Rule("container.memory.working_set", MemoryUsage, Gauge, 1, Container),
        Rule("k8s.container.memory_limit", MemoryLimit, Gauge, 1, Container),
        .. Io("k8s.pod.network.io", ["k8s.pod.name"], "interface", "!lo"),

        // hostmetrics say "state" and "direction", the conventions "cpu.mode" and "network.io.direction".
        Rule("system.cpu.time", CpuUsage, Rate, 100, Host, ("state", Idle), ("cpu.mode", Idle)),
        Rule("system.cpu.utilization", CpuUsage, Gauge, 100, Host, ("state", Idle), ("cpu.mode", Idle)),
        Rule("system.memory.usage", MemoryUsage, Gauge, 1, Host, ("state", "used")),
        Rule("system.memory.usage", MemoryUsage, Gauge, 1, Host, ("system.memory.state", "used")),
        Rule("system.memory.limit", MemoryLimit, Gauge, 1, Host),
        Rule("system.filesystem.usage", DiskUsage, Gauge, 1, Host, ("state", "used"), ("type", NoRealDisk)),
        Rule(
            "system.filesystem.usage", DiskUsage, Gauge, 1, Host,
            ("system.filesystem.state", "used"), ("system.filesystem.type", NoRealDisk)),
        .. Io("system.network.io", Host, "network.interface.name", BuiltInRules.NotCountedElsewhere),
    ];

    private static IEnumerable<MappingRule> Io(string series, string[] instance, string device, string counted)
    {
        foreach (var label in (string[])["network.io.direction", "direction"])
        {
            foreach (var (direction, column) in ((string, Measure)[])[("receive", NetworkIn), ("transmit", NetworkOut)])
                yield return Rule(series, column, Counter, 1, instance, (label, direction), (device, counted), ("device", counted));
        }
    }

    private static MappingRule Rule(
        string series, Measure column, SeriesKind kind, double scale, string[] instance, params (string Label, string Value)[] match) =>
        MappingRule.For(WireProtocol.Otlp, series, column, kind, instance, scale, match);
}
