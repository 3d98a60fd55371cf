using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>What is the same for all series: identity, instances, limits.</summary>
public class SeriesAggregatorTests
{
    [Fact]
    public void The_earliest_time_is_not_in_the_future()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(), long.MinValue / 1e9, 5));
        Assert.Equal(1823, DateTimeOffset.FromUnixTimeSeconds(bench.Table.Keys.Single().Second).Year);
        bench.Send(new Value(Used(), long.MaxValue / 1e9, 5));
        Assert.Equal(2, bench.Table.Count);
    }

    [Fact]
    public void Names_that_are_exchanged_take_nothing_of_one_instance_into_the_other()
    {
        var bench = new SeriesBench();
        var (large, small) = (Guid.NewGuid(), Guid.NewGuid());
        for (var i = 0; i < 6; i++)
        {
            (bench.Names["a"], bench.Names["b"]) = i < 3 ? (large, small) : (small, large);
            bench.Send([.. Totals("a", 4 * Huge, i), .. Totals("b", 1e6, i)]);
        }
        foreach (var instance in new[] { large, small })
        {
            Assert.Equal([0, 1000, 1000, 0, 1000, 1000], bench.Increases(Measure.NetworkIn, instance));
            Assert.Equal([10, 10, 10, 10], bench.Column(Measure.CpuUsage, instance));
        }

        static Value[] Totals(string name, double first, int i) =>
        [
            new(Named("container_network_receive_bytes_total", name), 10 * i, first + (1000 * i)),
            new(Named("container_cpu_usage_seconds_total", name, ("cpu", "total")), 10 * i, (first / 1e6) + i),
        ];
    }

    [Fact]
    public void A_successor_under_the_old_name_goes_on_with_its_own_sum()
    {
        var bench = new SeriesBench();
        var (old, successor) = (Guid.NewGuid(), Guid.NewGuid());
        (bench.Names["app"], bench.Names["app-new"]) = (old, successor);
        for (var i = 0; i < 3; i++)
            bench.Send(Total("app", "c1", Huge, i), Total("app-new", "c2", 1e6, i), Used("app", i, 7));
        bench.Names["app"] = successor;
        bench.Send(Total("app", "c2", 1e6, 3), Used("app", 3, 5));
        // Parts of the step before were another's.
        bench.Send(Total("app", "c2", 1e6, 4), Used("app", 2, 6));
        Assert.Equal([0, 1000, 1000, 1000, 1000], bench.Increases(Measure.NetworkIn, successor));
        Assert.Equal([6, 5], bench.Column(Measure.MemoryUsage, successor));

        static Value Total(string name, string id, double first, int i) =>
            new(Named("container_network_receive_bytes_total", name, ("id", id)), 10 * i, first + (1000 * i));
        static Value Used(string name, int i, double value) => new(Named("container_memory_working_set_bytes", name, ("id", $"{value}")), 10 * i, value);
    }

    [Fact]
    public void A_request_on_its_way_leaves_nothing_for_the_instance_that_its_name_leads_to_meanwhile()
    {
        var bench = new SeriesBench();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var series = Named("container_network_receive_bytes_total", "a");
        bench.Names["a"] = first;
        using var slow = bench.Read(new Value(series, 100, Huge));
        bench.Names["a"] = second;
        bench.Send(new Value(series, 110, 5));
        Assert.Equal(1, slow.Store());
        bench.Send(new Value(series, 120, 7));
        Assert.Equal([Huge], bench.Column(Measure.NetworkIn, first));
        Assert.Equal([5, 7], bench.Column(Measure.NetworkIn, second));
    }

    [Fact]
    public void What_comes_late_or_out_of_time_is_the_instance_s_that_its_name_leads_to()
    {
        var bench = new SeriesBench { Window = new(Microseconds(0), Microseconds(1_000)) };
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var series = Named("container_network_receive_bytes_total", "a");
        bench.Names["a"] = first;
        using (var old = bench.Read(new Value(series, -100, 3)))
            Assert.Equal(first, old.Instances.Single());
        bench.Send(new Value(series, 110, Huge));
        bench.Names["a"] = second;
        bench.Send(new Value(series, 90, 5));
        bench.Send(new Value(series, 100, 7));
        Assert.Equal([Huge], bench.Column(Measure.NetworkIn, first));
        Assert.Equal([5, 7], bench.Column(Measure.NetworkIn, second));
    }

    [Fact]
    public void Parts_of_many_steps_are_bounded_and_take_no_longer_the_more_there_are()
    {
        var bench = new SeriesBench(new() { Step = TimeSpan.FromSeconds(1) });
        var series = new[] { Used(("id", "a")), Used(("id", "b")), Received("eth0"), Received("eth1"), Cpu("total") };
        // The later half first: each of the others goes in before it.
        foreach (var half in new[] { 1, 0, 1 })
            bench.Send([.. Enumerable.Range(half * 20_000, 20_000).SelectMany(i => series.Select(one => new Value(one, i, 1e6 + i)))]);
        Assert.All(series, one => Assert.InRange(bench.Catalog.Get(one, out _).State.Parts.Length, 1, 1_024));
        for (var i = 0; i < 60; i++)
            bench.Send([.. series.Select(one => new Value(one, 50_000 + i, 2e6 + i))]);
        Assert.All(series, one => Assert.Equal(8, bench.Catalog.Get(one, out _).State.Parts.Length));
    }

    [Fact]
    public void Labels_are_one_series_in_any_order_with_empty_and_replica_labels()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("a", "1"), ("b", "2")), 100, 7), new Value(Used(("b", "2"), ("a", "1"), ("pod", "")), 100, 7));
        bench.Send(new Value(Used(("a", "1"), ("b", "2"), ("prometheus_replica", "x")), 100, 7), new Value(Used(("__replica__", "y"), ("b", "2"), ("a", "1")), 100, 7));
        Assert.Equal([7], bench.Column(Measure.MemoryUsage));
        Assert.Equal(1, bench.Catalog.Count);
    }

    [Fact]
    public void A_sample_of_another_time_changes_nothing_for_later_ones()
    {
        var bench = new SeriesBench { Window = new(Microseconds(0), Microseconds(1_000)) };
        bench.Send(new Value(Cpu(), 100, 1));
        bench.Send(new Value(Cpu(), 1_000_000, 2), new Value(Received("eth0"), 1_000_000, 5), new Value(Received("eth0"), -100, 9));
        bench.Send(new Value(Cpu(), 110, 2));
        Assert.Equal([10], bench.Column(Measure.CpuUsage));
        bench.Send(new Value(Received("eth0"), 110, 3));
        bench.Send(new Value(Received("eth0"), 120, 4));
        Assert.Equal([3, 4], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void What_cannot_be_changes_nothing_for_what_follows() =>
        Gen.Select(
            Gen.Int[0, 1_000].Array[3, 12], Gen.OneOf(-0.06, -0.001, 8e6, 1e290), Gen.Int[1, 10], Gen.Int[1, 3], Gen.Int[1, 4]).Sample(
            (increases, change, at, length, size) =>
            {
                var strays = Enumerable.Range(at, change > 0 ? 1 : length).ToHashSet();
                foreach (var series in new[] { Received("eth0"), Cpu() })
                {
                    Value[] healthy = [.. increases.Select((_, i) => new Value(series, 10 * i, 1e12 + increases.Take(i + 1).Sum()))];
                    var (bench, expected) = (new SeriesBench(), new SeriesBench());
                    foreach (var request in healthy.Select((value, i) => strays.Contains(i) ? value with { Amount = value.Amount * (1 + change) } : value).Chunk(size))
                        bench.Send(request);
                    expected.Send([.. healthy.Where((_, i) => !strays.Contains(i))]);
                    Assert.Equal(expected.Table.OrderBy(cell => cell.Key), bench.Table.OrderBy(cell => cell.Key));
                }
            },
            iter: 300, threads: 1);

    [Fact]
    public void Requests_that_were_read_at_once_end_with_the_whole_sum()
    {
        var bench = new SeriesBench();
        using var one = bench.Read(new Value(Received("eth0"), 100, 1), new Value(Used(("id", "a")), 100, 10));
        using var two = bench.Read(new Value(Received("eth1"), 100, 2), new Value(Used(("id", "b")), 100, 20));
        Assert.Equal((1, 2), (one.Store(), two.Store()));
        Assert.Equal((3.0, 30.0), (bench.Column(Measure.NetworkIn).Single(), bench.Column(Measure.MemoryUsage).Single()));
    }

    [Fact]
    public void A_request_goes_on_with_the_instance_it_began_with()
    {
        var bench = new SeriesBench();
        using var one = bench.Read(new Value(Received("eth0"), 100, 1));
        using var two = bench.Read(new Value(Received("eth1"), 100, 2));
        bench.Catalog.Get(Received("eth0"), out _).Group!.Instance.Resolve(null, UnmappedReason.UnknownInstance, 0);
        Assert.Equal((1, 2), (one.Store(), two.Store()));
    }
}
