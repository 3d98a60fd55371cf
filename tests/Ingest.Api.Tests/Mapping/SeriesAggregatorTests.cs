using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class SeriesAggregatorTests
{
    private const double Huge = 500_000_000_000;

    [Fact]
    public void A_counter_that_goes_on_under_other_labels_is_no_traffic()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 4; i++)
            bench.Send(new Value(i < 2 ? Received("eth0") : Received("eth0", ("dc", "eu")), 100 + (10 * i), Huge + (1000 * i)));
        Assert.Equal([0, 1000, 0, 1000], bench.Increases(UsageColumn.NetworkIn));
    }

    [Fact]
    public void Labels_are_one_series_in_any_order_with_empty_and_replica_labels()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("a", "1"), ("b", "2")), 100, 7), new Value(Used(("b", "2"), ("a", "1"), ("pod", "")), 100, 7));
        bench.Send(new Value(Used(("a", "1"), ("b", "2"), ("prometheus_replica", "x")), 100, 7), new Value(Used(("__replica__", "y"), ("b", "2"), ("a", "1")), 100, 7));
        Assert.Equal([7], bench.Column(UsageColumn.MemoryUsage));
        Assert.Equal(1, bench.Catalog.Count);
    }

    [Fact]
    public void A_sample_of_another_time_changes_nothing_for_later_ones()
    {
        var bench = new SeriesBench { Window = new(Microseconds(0), Microseconds(1_000)) };
        bench.Send(new Value(Cpu(), 100, 1));
        bench.Send(new Value(Cpu(), 1_000_000, 2), new Value(Received("eth0"), 1_000_000, 5), new Value(Received("eth0"), -100, 9));
        bench.Send(new Value(Cpu(), 110, 2));
        Assert.Equal([10], bench.Column(UsageColumn.CpuUsage));
        bench.Send(new Value(Received("eth0"), 110, 3));
        bench.Send(new Value(Received("eth0"), 120, 4));
        Assert.Equal([3, 4], bench.Column(UsageColumn.NetworkIn));
    }

    [Fact]
    public void A_later_start_is_a_restart_even_when_the_value_is_greater()
    {
        var bench = new SeriesBench();
        foreach (var (seconds, value, start) in new[] { (1000, 1000, 500), (1010, 1010, 500), (1020, 1500, 1015) })
            bench.Send(new Value(Received("eth0"), seconds, value, start));
        foreach (var (seconds, value, start) in new[] { (1000, 2, 500), (1010, 3, 500), (1020, 9, 1011) })
            bench.Send(new Value(Cpu(), seconds, value, start));
        Assert.Equal([0, 10, 1500], bench.Increases(UsageColumn.NetworkIn));
        Assert.Equal([10, 90], bench.Column(UsageColumn.CpuUsage));
    }

    [Fact]
    public void A_sequence_whose_start_is_not_known_begins_where_it_begins()
    {
        var bench = new SeriesBench();
        foreach (var (seconds, value, start) in new[] { (1000, 1000, 1000), (1010, 1010, 1000), (1020, 900_000, 1020), (1030, 900_007, 1020) })
            bench.Send(new Value(Received("eth0"), seconds, value, start));
        Assert.Equal([0, 10, 0, 7], bench.Increases(UsageColumn.NetworkIn));
    }

    [Fact]
    public void A_series_that_ended_and_its_successor_are_never_added()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 100.003, 5));
        bench.Send(new Value(Used(("id", "a")), 110, 0, Ends: true), new Value(Used(("id", "b")), 110, 4));
        bench.Send(new Value(Used(("id", "b")), 117, 0, Ends: true), new Value(Used(("id", "c")), 117, 3));
        Assert.Equal([5, 4], bench.Column(UsageColumn.MemoryUsage));
    }

    [Fact]
    public void A_counter_that_dips_gives_no_rate_and_no_traffic()
    {
        var bench = new SeriesBench();
        UnmappedReason[] reasons =
            [.. new[] { 50000.00, 50000.50, 50000.49, 50000.99 }.SelectMany((value, i) => bench.Send(new Value(Cpu(), 100 + (10 * i), value)))];
        Assert.Equal([UnmappedReason.FirstOfRate, UnmappedReason.ImpossibleRate], reasons);
        Assert.Equal([5, 5], bench.Column(UsageColumn.CpuUsage).Select(cpu => Math.Round(cpu, 6)));
        foreach (var (i, value) in new[] { 1000.0, 1100, 1099, 1150 }.Index())
            bench.Send(new Value(Received("eth0"), 100 + (10 * i), value));
        Assert.Equal([0, 100, 51], bench.Increases(UsageColumn.NetworkIn));
    }

    [Fact]
    public void A_part_that_restarts_does_not_make_its_sum_fall()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, 1000), new Value(Received("eth1"), 100, Huge));
        bench.Send(new Value(Received("eth0"), 110, 5), new Value(Received("eth1"), 110, Huge + 2));
        Assert.Equal([0, 7], bench.Increases(UsageColumn.NetworkIn));
    }

    [Fact]
    public void Requests_that_were_read_at_once_end_with_the_whole_sum()
    {
        var bench = new SeriesBench();
        using var one = bench.Read(new Value(Received("eth0"), 100, 1), new Value(Used(("id", "a")), 100, 10));
        using var two = bench.Read(new Value(Received("eth1"), 100, 2), new Value(Used(("id", "b")), 100, 20));
        Assert.Equal((1, 2), (one.Store(), two.Store()));
        Assert.Equal((3.0, 30.0), (bench.Column(UsageColumn.NetworkIn).Single(), bench.Column(UsageColumn.MemoryUsage).Single()));
    }

    [Fact]
    public void Every_order_of_arrival_and_every_repetition_leaves_the_same_gauges() =>
        Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 59], Gen.Int[1, 1000]).Array[1, 25], Gen.Int[0, 1_000_000], Gen.Int[1, 6]).Sample(
            (samples, seed, size) =>
            {
                var bench = new SeriesBench();
                foreach (var request in Shuffled(samples, seed).Chunk(size))
                    bench.Send([.. request.Select(sample => new Value(Used(("id", $"{sample.Item1}")), sample.Item2, sample.Item3))]);
                var expected = samples.GroupBy(sample => sample.Item2 / 10).OrderBy(step => step.Key)
                    .Select(step => (double)step.GroupBy(sample => sample.Item1).Sum(part => part.Max(sample => sample.Item3)));
                Assert.Equal(expected, bench.Column(UsageColumn.MemoryUsage));
            },
            iter: 500, threads: 1);

    [Fact]
    public void Every_order_of_arrival_and_every_repetition_leaves_the_same_counters() =>
        Gen.Select(Gen.Int[0, 50].Array[5].Array[1, 4], Gen.Int[0, 1_000_000], Gen.Int[1, 6]).Sample(
            (increases, seed, size) =>
            {
                var bench = new SeriesBench();
                var totals = increases.Select(device => device.Select((_, i) => 1000.0 + device.Take(i + 1).Sum()).ToArray()).ToArray();
                // All that a sum begins with comes in its first step; from there on in any order.
                bench.Send([.. totals.Select((device, i) => new Value(Received($"eth{i}"), 0, device[0]))]);
                var later = totals.SelectMany((device, i) => device.Select((total, step) => new Value(Received($"eth{i}"), 10 * step, total)).Skip(1)).ToArray();
                foreach (var request in Shuffled(later, seed).Chunk(size))
                    bench.Send(request);
                Assert.Equal(Enumerable.Range(0, 5).Select(step => totals.Sum(device => device[step])), bench.Column(UsageColumn.NetworkIn));
            },
            iter: 500, threads: 1);

    private static T[] Shuffled<T>(T[] items, int seed)
    {
        T[] twice = [.. items, .. items];
        new Random(seed).Shuffle(twice);
        return twice;
    }

    private static long Microseconds(long seconds) => PostgresTime.FromInstant(DateTimeOffset.FromUnixTimeSeconds(seconds));
}
