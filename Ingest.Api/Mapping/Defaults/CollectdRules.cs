using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Mapping.SeriesKind;
using static LaunchStack.Usage.Samples.Measure;

namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>collectd's plugins cpu, memory, df, interface and cgroups, with <c>StoreRates false</c>.</summary>
internal static class CollectdRules
{
    private static readonly string[] Host = ["host"];

    public static IEnumerable<MappingRule> All { get; } =
    [
        // Jiffies: USER_HZ is 100 on Linux, so one a second is one percent of one core.
        Rule("cpu.cpu", CpuUsage, Rate, Host, ("type_instance", "!idle|wait")),
        Rule("cpu.percent", CpuUsage, Gauge, Host, ("type_instance", "!idle|wait")),
        Rule("cgroups.cpu", CpuUsage, Rate, ["plugin_instance"]),
        Rule("memory.memory", MemoryUsage, Gauge, Host, ("type_instance", "used")),
        Rule("df.df_complex", DiskUsage, Gauge, Host, ("type_instance", "used")),
        Rule("interface.if_octets.rx", NetworkIn, Counter, Host, ("plugin_instance", BuiltInRules.NotCountedElsewhere)),
        Rule("interface.if_octets.tx", NetworkOut, Counter, Host, ("plugin_instance", BuiltInRules.NotCountedElsewhere)),
    ];

    private static MappingRule Rule(
        string series, Measure column, SeriesKind kind, string[] instance, params (string Label, string Value)[] match) =>
        MappingRule.For(WireProtocol.Collectd, series, column, kind, instance, scale: 1, match);
}
