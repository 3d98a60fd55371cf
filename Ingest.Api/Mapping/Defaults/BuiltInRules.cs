namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>The rules for the usual agents, in the order in which they are tried.</summary>
internal static class BuiltInRules
{
    // Of a machine: what passes its bridges, the containers' ends of them, tunnels, bonds and VLANs passes a device beneath them too.
    internal const string NotCountedElsewhere =
        @"!lo|veth.*|docker.*|br-.*|br[0-9]+|virbr.*|vnet.*|lxc.*|lxd.*|podman.*|cni.*|cali.*|flannel.*|cilium.*|vxlan.*"
        + @"|tun.*|tap.*|wg.*|tailscale.*|bond.*|team.*|dummy.*|ifb.*|.*\.[0-9]+";

    public static IReadOnlyList<MappingRule> All { get; } = [.. Enum.GetValues<WireProtocol>().SelectMany(Of)];

    private static IEnumerable<MappingRule> Of(WireProtocol protocol) => protocol switch
    {
        WireProtocol.Influx => TelegrafRules.All,
        WireProtocol.Prometheus => PrometheusRules.All,
        WireProtocol.Otlp => OtlpRules.All,
        WireProtocol.Collectd => CollectdRules.All,
    };
}
