using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class ScopeTests
{
    private static readonly KeyValuePair<string, string> Instance = new("instance_id", "5b0c1111-2222-4333-8444-555566667777");

    [Fact]
    public void Counters_of_two_scopes_are_two_counters()
    {
        var bench = new SeriesBench();
        for (var step = 0; step < 5; step++)
        {
            bench.Send(new Value(Received("a", "eth0"), 101 + (10 * step), 5_000_000 + (10 * step)), new Value(Received("a", "eth1"), 101 + (10 * step), 7_000_000 + (10 * step)));
            bench.Send(new Value(Received("b", "eth0"), 104 + (10 * step), 1_000 + (10 * step)));
        }
        Assert.Equal([0, 30, 30, 30, 30], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void A_total_and_a_free_part_of_two_scopes_are_no_pair()
    {
        static MappingRule Rule(string name, double scale) => new()
        {
            Source = WireProtocol.Otlp, Series = name, Column = nameof(Measure.MemoryUsage), Kind = SeriesKind.Gauge, Scale = scale, Group = "total-free", Instance = ["instance_id"],
        };
        var bench = new SeriesBench(new() { Rules = { Rule("total", 1), Rule("free", -1) } });
        bench.Send(new Value(Of("a", "total"), 100, 1_000), new Value(Of("a", "free"), 100, 300), new Value(Of("b", "free"), 100, 200));
        Assert.Equal([700], bench.Column(Measure.MemoryUsage));
    }

    private static SeriesDescription Of(string scope, string name, params KeyValuePair<string, string>[] labels) => new(WireProtocol.Otlp, name, [Instance, .. labels], scope: scope);

    private static SeriesDescription Received(string scope, string device) =>
        Of(scope, "container.network.io", new("network.io.direction", "receive"), new("network.interface.name", device));
}
