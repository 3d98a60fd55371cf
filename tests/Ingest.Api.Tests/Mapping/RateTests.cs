using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>Rates of counters.</summary>
public class RateTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public void Two_replicas_of_the_same_totals_give_no_more_than_one(int later)
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 8; i++)
        {
            bench.Send(new Value(Cpu(), 10 * i, 100 + i));
            bench.Send(new Value(Cpu(), (10 * i) + later, 100 + i));
        }
        Assert.Equal(Enumerable.Repeat(10.0, 7), bench.Column(Measure.CpuUsage));
    }

    [Fact]
    public void Two_replicas_of_which_samples_are_lost_or_late_never_give_more() =>
        Gen.Select(Gen.Int[0, 3].Array[24], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 1_000_000]).Sample(
            (fates, first, second, seed) =>
            {
                var (bench, random) = (new SeriesBench(), new Random(seed));
                // Of one that came alone nobody knows when the other would have seen it.
                var sent = ((int[])[3, 3, 3, 3, .. fates]).Select((fate, i) => (fate, Value: new Value(Cpu(), (10 * (i / 2)) + (i % 2 == 0 ? first : second), 100 + (i / 2)))).Where(sample => sample.fate > 0);
                foreach (var (_, value) in sent.OrderBy(sample => sample.Value.Seconds + (sample.fate == 1 ? random.Next(30) : 0)))
                    bench.Send(value);
                Assert.All(bench.Column(Measure.CpuUsage), cpu => Assert.InRange(cpu, 0, 10 / 0.9));
            },
            iter: 500, threads: 1);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public void A_lost_sample_of_one_of_two_replicas_costs_its_own_step_only(int later)
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 8; i++)
        {
            if (i != 4)
                bench.Send(new Value(Cpu(), 10 * i, 100 + i));
            bench.Send(new Value(Cpu(), (10 * i) + later, 100 + i));
        }
        Assert.Equal([10, 10, 10, Math.Round(100.0 / (10 + later), 6), 10, 10, 10], bench.Column(Measure.CpuUsage).Select(cpu => Math.Round(cpu, 6)));
    }

    [Fact]
    public void Two_replicas_that_read_in_their_own_time_give_the_true_rate()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 80; i++)
        {
            if (i % 10 is 1 or 5)
                bench.Send(new Value(Cpu(), i, 100 + (i / 10.0)));
        }
        Assert.Equal(Enumerable.Repeat(10.0, 7), bench.Column(Measure.CpuUsage).Select(cpu => Math.Round(cpu, 6)));
    }

    [Fact]
    public void A_total_that_moves_less_often_than_it_is_read_gives_the_true_rate()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 12; i++)
            bench.Send(new Value(Cpu(), 5 * i, 100 + (i / 2)));
        Assert.Equal(Enumerable.Repeat(10.0, 5), bench.Column(Measure.CpuUsage));
    }

    [Fact]
    public void Every_order_of_arrival_and_every_repetition_leaves_the_same_rates() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 4], Gen.Int[0, 1]).Sample(
            (seed, size, growth) =>
            {
                // Of one that falls, what is measured over a gap would stay: the greatest does.
                double[] totals = [.. Enumerable.Range(0, 7).Select(i => 1000.0 + (growth == 0 ? i : i * (i + 1) / 2))];
                var bench = new SeriesBench();
                foreach (var request in Shuffled(totals.Index().ToArray(), seed).Chunk(size))
                    bench.Send([.. request.Select(sample => new Value(Cpu(), 10 * sample.Index, sample.Item))]);
                Assert.Equal(totals.Skip(1).Select((total, i) => 10 * (total - totals[i])), bench.Column(Measure.CpuUsage));
            },
            iter: 500, threads: 1);

    [Fact]
    public void Rates_of_increases_are_the_same_in_any_order()
    {
        var cpu = new SeriesDescription(WireProtocol.Otlp, "container.cpu.time", Cpu().Labels, isDelta: true);
        var bench = new SeriesBench();
        foreach (var i in new[] { 1, 4, 2, 3, 2 })
            bench.Send(new Value(cpu, 10 * i, i, (10 * i) - 10 + 0.000001));
        Assert.Equal([10, 20, 30, 40], bench.Column(Measure.CpuUsage).Select(percent => Math.Round(percent)));
    }
}
