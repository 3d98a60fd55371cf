using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>Sums of counters: restarts, glitches, earlier runs, increases.</summary>
public class CounterSumTests
{
    [Fact]
    public void A_counter_that_goes_on_under_other_labels_is_no_traffic()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 4; i++)
            bench.Send(new Value(i < 2 ? Received("eth0") : Received("eth0", ("dc", "eu")), 100 + (10 * i), Huge + (1000 * i)));
        Assert.Equal([0, 1000, 0, 1000], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void What_several_connections_have_kept_back_adds_up_however_far_one_is_ahead() =>
        Gen.Select(Gen.Int[1, 4].Array[4], Gen.Int[20, 60], Gen.Int[0, 1_000_000]).Sample(
            (shares, steps, seed) =>
            {
                var (bench, random) = (new SeriesBench(), new Random(seed));
                // Each connection sends series of its own, the fewer the more steps at once; their reader waits for the one that has sent least.
                var queues = Enumerable.Range(0, 4).Select(shard => new Queue<Value[]>(
                    Enumerable.Range(0, 300).Chunk(steps / shares[shard]).Select(part => part.SelectMany(i => Sent(shard, i)).ToArray()))).ToArray();
                var sent = new int[4];
                while (queues.Any(queue => queue.Count > 0))
                {
                    var least = Enumerable.Range(0, 4).Where(shard => queues[shard].Count > 0).Min(shard => sent[shard]);
                    var shard = random.Next(4);
                    if (queues[shard].Count == 0 || sent[shard] - least >= 6 * steps / shares.Max())
                        continue;
                    var request = queues[shard].Dequeue();
                    sent[shard] += request.Length / 3;
                    bench.Send(request);
                }
                Assert.All(bench.Column(Measure.MemoryUsage), used => Assert.Equal(4000, used));
                Assert.All(bench.Column(Measure.CpuUsage), cpu => Assert.Equal(40, cpu, 0.001));
                Assert.All(bench.Increases(Measure.NetworkIn).Skip(1), moved => Assert.Equal(4000, moved));
                Assert.Equal((300, 299, 300), (bench.Column(Measure.MemoryUsage).Length, bench.Column(Measure.CpuUsage).Length, bench.Column(Measure.NetworkIn).Length));
            },
            iter: 50, threads: 1);

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(30)]
    public void A_member_that_lags_is_no_leap(int lag)
    {
        var bench = new SeriesBench();
        foreach (var device in new[] { "eth0", "eth1" })
        {
            for (var i = 0; i < lag; i++)
                bench.Send(new Value(Received(device), 10 * i, Huge + (1000 * i)));
        }
        Assert.Equal(2000 * (lag - 1), bench.Increases(Measure.NetworkIn).Sum());
    }

    [Fact]
    public void A_later_start_is_a_restart_even_when_the_value_is_greater()
    {
        var bench = new SeriesBench();
        foreach (var (seconds, value, start) in new[] { (1000, 1000, 500), (1010, 1010, 500), (1020, 1500, 1015) })
            bench.Send(new Value(Received("eth0"), seconds, value, start));
        foreach (var (seconds, value, start) in new[] { (1000, 2, 500), (1010, 3, 500), (1020, 9, 1011) })
            bench.Send(new Value(Cpu(), seconds, value, start));
        Assert.Equal([0, 10, 1500], bench.Increases(Measure.NetworkIn));
        Assert.Equal([10, 90], bench.Column(Measure.CpuUsage));
    }

    [Fact]
    public void A_sequence_whose_start_is_not_known_begins_where_it_begins()
    {
        var bench = new SeriesBench();
        foreach (var (seconds, value, start) in new[] { (1000, 1000, 1000), (1010, 1010, 1000), (1020, 900_000, 1020), (1030, 900_007, 1020) })
            bench.Send(new Value(Received("eth0"), seconds, value, start));
        Assert.Equal([0, 10, 0, 7], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void A_counter_that_dips_gives_no_rate_and_no_traffic()
    {
        var bench = new SeriesBench();
        UnmappedReason[] reasons =
            [.. new[] { 50000.00, 50000.50, 50000.49, 50000.99 }.SelectMany((value, i) => bench.Send(new Value(Cpu(), 100 + (10 * i), value)))];
        Assert.Equal([UnmappedReason.FirstOfRate, UnmappedReason.ImpossibleRate], reasons);
        Assert.Equal([5, 2.45], bench.Column(Measure.CpuUsage).Select(cpu => Math.Round(cpu, 6)));
        foreach (var (i, value) in new[] { 1000.0, 1100, 1099, 1150 }.Index())
            bench.Send(new Value(Received("eth0"), 100 + (10 * i), value));
        Assert.Equal([0, 100, 50], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void A_counter_whose_source_has_moved_goes_on_from_there_without_traffic()
    {
        var bench = new SeriesBench();
        foreach (var (i, value) in new[] { 1000, 1100, 4e15, 4e15 + 4096, 4e15 + 8192 }.Index())
            bench.Send(new Value(Received("eth0"), 10 * i, value), new Value(Received("eth0"), 10 * i, value));
        foreach (var (i, value) in new[] { 3000, 3001, 9e9, 9e9 + 1, 9e9 + 3 }.Index())
            bench.Send(new Value(Cpu(), 10 * i, value));
        Assert.Equal([0, 100, 4096, 4096], bench.Increases(Measure.NetworkIn));
        Assert.Equal([10, 10, 20], bench.Column(Measure.CpuUsage));
    }

    [Fact]
    public void A_counter_that_dipped_and_stays_there_goes_on_after_the_window()
    {
        var bench = new SeriesBench();
        for (var seconds = 0; seconds <= 400; seconds += 10)
            bench.Send(new Value(Received("eth0"), seconds, (seconds < 20 ? Huge : 0.95 * Huge) + seconds), new Value(Cpu(), seconds, (seconds < 20 ? 3000 : 2650) + seconds));
        Assert.Equal([0, 10, 310, 10, 10, 10, 10, 10, 10, 10], bench.Increases(Measure.NetworkIn));
        Assert.All(bench.Column(Measure.CpuUsage), cpu => Assert.Equal(100, cpu));
        Assert.Equal(9, bench.Column(Measure.CpuUsage).Length);
    }

    [Theory]
    [InlineData(1000.0, 1e300, 1100.0)]
    [InlineData(1000.0, -5.0, 1100.0)]
    [InlineData(1e300, 1000.0, 1100.0)]
    public void A_total_that_no_column_can_hold_is_not_remembered(params double[] totals)
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth1"), 0, Huge));
        foreach (var (i, total) in totals.Index())
            bench.Send(new Value(Received("eth0"), 10 * i, total), new Value(Received("eth1"), 10 * i, Huge));
        Assert.Equal(100, bench.Increases(Measure.NetworkIn).Sum());
    }

    [Fact]
    public void A_sum_that_no_column_can_hold_costs_the_part_that_brought_it()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 0, 5e18), new Value(Received("eth1"), 0, 6e18));
        bench.Send(new Value(Received("eth0"), 10, 5e18 + 1024));
        Assert.Equal(2, bench.Column(Measure.NetworkIn).Length);
    }

    [Fact]
    public void An_increase_that_cannot_be_leaves_the_running_total_alone()
    {
        var sent = Increase();
        var bench = new SeriesBench();
        foreach (var (i, increase) in new[] { 100, 1e300, 9e18, 100, -50, 100 }.Index())
            bench.Send(new Value(sent, 100 + (10 * i), increase, 90 + (10 * i)));
        Assert.Equal([100, 200, 300], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void A_part_that_restarts_does_not_make_its_sum_fall()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, 1000), new Value(Received("eth1"), 100, Huge));
        bench.Send(new Value(Received("eth0"), 110, 5), new Value(Received("eth1"), 110, Huge + 2));
        Assert.Equal([0, 7], bench.Increases(Measure.NetworkIn));
    }

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
                Assert.Equal(Enumerable.Range(0, 5).Select(step => totals.Sum(device => device[step])), bench.Column(Measure.NetworkIn));
            },
            iter: 500, threads: 1);

    [Fact]
    public void An_earlier_start_is_refused_only_until_the_later_one_is_silent()
    {
        var bench = new SeriesBench();
        // The clock was set back by 5 s and the collector restarted: its idea of when the host booted has moved.
        for (var i = 0; i < 38; i++)
            bench.Send(new Value(Received("eth0"), 1000 + (10 * i), Huge + (1000 * i), i < 3 ? 500 : 495), new Value(Cpu(), 1000 + (10 * i), 100 + i, i < 3 ? 500 : 495));
        Assert.Equal((36, 36_000), (bench.Column(Measure.NetworkIn).Length, bench.Increases(Measure.NetworkIn).Sum()));
        Assert.Equal(Enumerable.Repeat(10.0, 35), bench.Column(Measure.CpuUsage));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public void An_earlier_run_that_still_sends_does_not_alternate_with_the_later_one(int interval)
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 30; i++)
        {
            bench.Send(new Value(Received("eth0"), 1000 + (interval * i), Huge + (1000 * i), 500), new Value(Cpu(), 1000 + (interval * i), 5000 + i, 500));
            if (i > 2)
                bench.Send(new Value(Received("eth0"), 1005 + (interval * i), 7 * i, 1020), new Value(Cpu(), 1005 + (interval * i), i, 1020));
        }
        Assert.Equal(3000 + (7 * 29), bench.Increases(Measure.NetworkIn).Sum());
        Assert.All(bench.Column(Measure.CpuUsage), cpu => Assert.InRange(cpu, 0, 60));
    }

    [Theory]
    [InlineData(2000)]
    [InlineData(1031)]
    public void A_start_after_its_own_sample_is_no_restart(long start)
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 6; i++)
            bench.Send(new Value(Received("eth0"), 1000 + (10 * i), Huge + (100 * i), i == 3 ? start : 900), new Value(Cpu(), 1000 + (10 * i), 100 + i, i == 3 ? start : 900));
        Assert.Equal((6, 500), (bench.Column(Measure.NetworkIn).Length, bench.Increases(Measure.NetworkIn).Sum()));
        Assert.Equal(Enumerable.Repeat(10.0, 5), bench.Column(Measure.CpuUsage));
    }

    [Fact]
    public void A_start_after_its_own_sample_does_not_silence_the_run_after_it()
    {
        var bench = new SeriesBench();
        foreach (var (i, value) in new[] { 1000, 2000, 3000, 300, 400, 500 }.Index())
            bench.Send(new Value(Received("eth0"), 1000 + (10 * i), value, i < 3 ? 1300 : 1025));
        Assert.Equal([1000, 2000, 3000, 300, 400, 500], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void Every_order_of_arrival_and_every_repetition_leaves_the_same_increases() =>
        Gen.Select(Gen.Int[1, 50].Array[8], Gen.Int[0, 1_000_000], Gen.Int[1, 4]).Sample(
            (increases, seed, size) =>
            {
                var bench = new SeriesBench();
                Value[] sent = [.. increases.Select((increase, i) => new Value(Increase(), 10 * (i + 1), increase, 10 * i == 0 ? 0.5 : 10 * i))];
                bench.Send(sent[0]);
                foreach (var request in Shuffled(sent[1..], seed).Chunk(size))
                    bench.Send(request);
                Assert.Equal(increases.Select((_, i) => (double)increases.Take(i + 1).Sum()), bench.Column(Measure.NetworkIn));
            },
            iter: 500, threads: 1);

    [Fact]
    public void Increases_of_several_senders_all_count()
    {
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var (bench, random) = (new SeriesBench(), new Random(seed));
            var sent = Enumerable.Range(1, 40).OrderBy(i => i + random.Next(8)).ToList();
            foreach (var i in sent)
                bench.Send(new Value(Increase(), 10 * i, 100, (10 * i) - 10 + 0.001));
            Assert.Equal(4000, bench.Column(Measure.NetworkIn)[^1]);
        }
    }

    [Fact]
    public void A_late_increase_that_overlaps_is_a_duplicate_and_one_that_is_too_late_is_told()
    {
        var bench = new SeriesBench();
        foreach (var i in new[] { 1, 2, 4 })
            bench.Send(new Value(Increase(), 10 * i, 100, (10 * i) - 10 + 0.001));
        Assert.Equal([UnmappedReason.Duplicate], bench.Send(new Value(Increase(), 20, 100, 10.001)));
        Assert.Equal([UnmappedReason.Duplicate], bench.Send(new Value(Increase(), 25, 100, 15)));
        Assert.Equal([100, 200, 300], bench.Column(Measure.NetworkIn));
        // Longer ago than steps are remembered, it has no row of its own any more.
        foreach (var i in Enumerable.Range(5, 10))
            bench.Send(new Value(Increase(), 10 * i, 100, (10 * i) - 10 + 0.001));
        Assert.Equal([UnmappedReason.OutOfOrder], bench.Send(new Value(Increase(), 30, 100, 20.001)));
        Assert.Equal((13, 1400), (bench.Column(Measure.NetworkIn).Length, bench.Column(Measure.NetworkIn)[^1]));
        bench.Restart();
        bench.Send(new Value(Increase(), 160, 100, 150.001));
        // Its own step lies before the first that this process has a row of.
        bench.Send(new Value(Increase(), 150, 100, 140.001));
        Assert.Equal(1600, bench.Column(Measure.NetworkIn)[^1]);
        using var late = bench.Read(new Value(Increase(), 140, 100, 130.001));
        Assert.Equal((1, UnmappedReason.OutOfOrder), (late.Refused, late.Unmapped.Single()));
        Assert.Equal(1600, bench.Column(Measure.NetworkIn)[^1]);
    }
}
