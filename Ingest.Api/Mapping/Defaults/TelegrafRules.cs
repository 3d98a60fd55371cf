using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Mapping.SeriesKind;
using static LaunchStack.Usage.Samples.Measure;

namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>Telegraf's inputs docker, cgroup, cpu, mem, disk and net, as line protocol.</summary>
internal static class TelegrafRules
{
    private static readonly string[] Container = ["container_name", "com.docker.compose.service", "container_id"];
    private static readonly string[] Cgroup = ["container_name", "path"];
    private static readonly string[] Host = ["host"];
    private const string NoRealDisk = "!tmpfs|devtmpfs|devfs|iso9660|overlay|aufs|squashfs";

    public static IEnumerable<MappingRule> All { get; } =
    [
        // inputs.docker: percent of one core summed over the cores, as docker stats shows it.
        Rule("docker_container_cpu.usage_percent", CpuUsage, Gauge, Container, ("cpu", "cpu-total|")),
        Rule("docker_container_mem.usage", MemoryUsage, Gauge, Container),
        Rule("docker_container_mem.limit", MemoryLimit, Gauge, Container),
        Rule("docker_container_net.rx_bytes", NetworkIn, Counter, Container, ("network", "!total")),
        Rule("docker_container_net.tx_bytes", NetworkOut, Counter, Container, ("network", "!total")),

        // inputs.cgroup: version 1 files, then version 2's.
        MappingRule.For(WireProtocol.Influx, "cgroup.cpuacct.usage", CpuUsage, Rate, Cgroup, 1e-7),
        MappingRule.For(WireProtocol.Influx, "cgroup.cpu.stat.usage_usec", CpuUsage, Rate, Cgroup, 1e-4),
        Rule("cgroup.memory.usage_in_bytes", MemoryUsage, Gauge, Cgroup),
        Rule("cgroup.memory.limit_in_bytes", MemoryLimit, Gauge, Cgroup),
        Rule("cgroup.memory.current", MemoryUsage, Gauge, Cgroup),
        Rule("cgroup.memory.max", MemoryLimit, Gauge, Cgroup),

        // inputs.cpu says percent per core; cpu-total is their mean and counts only where percpu is off.
        new()
        {
            Source = WireProtocol.Influx, Series = "cpu.usage_idle", Column = nameof(CpuUsage), Scale = -1, Offset = 100,
            Match = { ["cpu"] = "cpu[0-9]+" }, Instance = Host,
        },
        new()
        {
            Source = WireProtocol.Influx, Series = "cpu.usage_idle", Column = nameof(CpuUsage), Scale = -1, Offset = 100,
            Match = { ["cpu"] = "cpu-total" }, Instance = Host,
        },
        Rule("mem.used", MemoryUsage, Gauge, Host),
        Rule("mem.total", MemoryLimit, Gauge, Host),
        Rule("disk.used", DiskUsage, Gauge, Host, ("fstype", NoRealDisk)),
        Rule("net.bytes_recv", NetworkIn, Counter, Host, ("interface", $"{BuiltInRules.NotCountedElsewhere}|all")),
        Rule("net.bytes_sent", NetworkOut, Counter, Host, ("interface", $"{BuiltInRules.NotCountedElsewhere}|all")),
    ];

    private static MappingRule Rule(
        string series, Measure column, SeriesKind kind, string[] instance, params (string Label, string Value)[] match) =>
        MappingRule.For(WireProtocol.Influx, series, column, kind, instance, scale: 1, match);
}
