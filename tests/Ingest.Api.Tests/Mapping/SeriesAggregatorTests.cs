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
        Assert.Equal([0, 1000, 0, 1000], bench.Increases(Measure.NetworkIn));
    }

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
    public void After_a_restart_what_joined_or_left_before_is_no_traffic()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, 4 * Huge));
        bench.Send(new Value(Received("eth0"), 110, (4 * Huge) + 10), new Value(Received("eth1"), 110, Huge));
        bench.Send(new Value(Received("eth0"), 120, (4 * Huge) + 20), new Value(Received("eth1"), 120, Huge + 5));
        bench.Restart();
        bench.Send(new Value(Received("eth0"), 130, (4 * Huge) + 30), new Value(Received("eth1"), 130, Huge + 9));
        bench.Send(new Value(Received("eth0"), 140, (4 * Huge) + 40), new Value(Received("eth1"), 140, Huge + 10));
        // In parts, and one that left.
        bench.Restart();
        bench.Send(new Value(Received("eth1"), 150, Huge + 10), new Value(Received("eth2"), 150, 7));
        bench.Send(new Value(Received("eth2"), 160, 9));
        bench.Send(new Value(Received("eth1"), 160, Huge + 11));
        Assert.Equal([0, 10, 15, 0, 11, 0, 3], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void After_a_restart_a_counter_that_is_as_stored_goes_on_with_its_totals()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, 1000), new Value(Received("eth1"), 100, Huge));
        bench.Restart();
        bench.Send(new Value(Received("eth0"), 110, 1010), new Value(Received("eth1"), 110, Huge + 5));
        bench.Send(new Value(Received("eth0"), 120, 1020), new Value(Received("eth1"), 120, Huge + 6));
        Assert.Equal([0, 15, 11], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void What_was_counted_while_we_were_away_for_long_is_traffic()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, 1000));
        bench.Restart();
        bench.Send(new Value(Received("eth0"), 3700, 1000 + 400e9));
        bench.Send(new Value(Received("eth0"), 3710, 1000 + 401e9));
        Assert.Equal([0, 400e9, 1e9], bench.Increases(Measure.NetworkIn));
    }

    [Theory]
    [InlineData(10, 20, 30)]
    [InlineData(Huge, Huge + 5, Huge + 9)]
    public void A_container_s_restart_shows_as_one_after_one_of_ours(double first, double second, double third)
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, first));
        bench.Restart();
        bench.Send(new Value(Received("eth0"), 110, second));
        bench.Send(new Value(Received("eth0"), 120, third), new Value(Received("eth0"), 130, 7));
        Assert.Equal([first, second, third, 7], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void What_is_sent_again_after_a_restart_changes_nothing()
    {
        var bench = new SeriesBench();
        Value[][] requests = [.. Enumerable.Range(0, 4).Select(i => new[] { new Value(Received("eth0"), 10 * i, Huge + (3 * i)), new Value(Received("eth1"), 10 * i, 5 * i) })];
        foreach (var request in requests)
            bench.Send(request);
        var table = bench.Table.ToArray();
        bench.Restart();
        foreach (var request in requests.Skip(1))
            bench.Send(request);
        Assert.Equal(table, bench.Table);
    }

    [Theory]
    [InlineData(5, 10)]
    [InlineData(10, 10)]
    [InlineData(5, 7)]
    public void One_member_that_is_sent_again_after_a_restart_is_no_traffic(int from, int to)
    {
        var bench = new SeriesBench();
        for (var i = 0; i <= 10; i++)
            bench.Send(Total(0, i), Total(1, i), Total(2, i));
        bench.Restart();
        bench.Send([.. Enumerable.Range(from, to - from + 1).Select(i => Total(1, i))]);
        Assert.Equal(11, bench.Column(Measure.NetworkIn).Length);
        foreach (var i in new[] { 11, 12, 13 })
        {
            foreach (var device in new[] { 0, 1, 2 })
                bench.Send(Total(device, i));
        }
        Assert.Equal([0, .. Enumerable.Repeat(3000.0, 13)], bench.Increases(Measure.NetworkIn));

        static Value Total(int device, int i) => new(Received($"eth{device}"), 10 * i, (Huge * (1 + device)) + (1000 * i));
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
    public void A_client_that_comes_back_to_an_old_state_goes_on_from_what_is_stored()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 3; i++)
            bench.Send(Total("eth0", 4 * Huge, i));
        var first = bench.Catalog;
        bench.Restart();
        for (var i = 3; i < 9; i++)
            bench.Send(Total("eth0", 4 * Huge, i), Total("eth1", Huge, i));
        bench.Catalog = first;
        for (var i = 9; i < 12; i++)
            bench.Send(Total("eth0", 4 * Huge, i), Total("eth1", Huge, i));
        // Of the first step of each process nobody knows what is stored already.
        Assert.Equal([0, 1000, 1000, 0, 2000, 2000, 2000, 2000, 2000, 0, 2000, 2000], bench.Increases(Measure.NetworkIn));

        static Value Total(string device, double first, int i) => new(Received(device), 10 * i, first + (1000 * i));
    }

    [Fact]
    public void Processes_that_take_turns_invent_no_traffic() =>
        Gen.Select(Gen.Int[0, 2].Array[40], Gen.Int[1, 12].Array[3], Gen.Int[0, 5000].Array[40]).Sample(
            (who, joins, increases) =>
            {
                var bench = new SeriesBench();
                SeriesCatalog[] processes = [.. Enumerable.Range(0, 3).Select(_ => new SeriesBench().Catalog)];
                var truth = 0.0;
                for (var i = 0; i < who.Length; i++)
                {
                    bench.Catalog = processes[who[i] == 2 ? who[i / 7] : who[i]];
                    var present = joins.Count(join => join <= i + 1);
                    bench.Send([.. Enumerable.Range(0, joins.Length).Where(device => joins[device] <= i + 1)
                        .Select(device => new Value(Received($"eth{device}"), 10 * i, (Huge * (1 + device)) + increases.Take(i + 1).Sum()))]);
                    truth += i > 0 ? increases[i] * present : 0;
                }
                Assert.InRange(bench.Increases(Measure.NetworkIn).Sum(), 0, truth);
            },
            iter: 500, threads: 1);

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(600)]
    public void A_regular_client_is_looked_up_at_its_beginning_only(int interval)
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 100; i++)
            bench.Send(new Value(Received("eth0"), interval * i, 1000 * i), new Value(Received("eth1"), interval * i, 1000 * i));
        Assert.InRange(bench.LookUps, 1, 3);
        // Nor what was kept back, and a silence of its own only once.
        bench.Send([.. Enumerable.Range(100, 100).Select(i => new Value(Received("eth0"), interval * i, 1000 * i))]);
        Assert.InRange(bench.LookUps, 1, 3);
        bench.Send(new Value(Received("eth0"), interval * 300, 300_000));
        bench.Send(new Value(Received("eth0"), interval * 301, 301_000));
        Assert.InRange(bench.LookUps, 2, 4);
        Assert.Equal(400_000, bench.Column(Measure.NetworkIn)[^1]);
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
    public void Members_that_are_not_all_there_count_from_the_stored_row_on()
    {
        var bench = new SeriesBench();
        for (var i = 0; i <= 10; i++)
            bench.Send(new Value(Received("eth0"), 10 * i, Huge + i), new Value(Received("eth1"), 10 * i, Huge + (5 * i)));
        bench.Restart();
        // eth0 has gone; of what eth1 counted across the stored row nobody knows how much is in it.
        bench.Send(new Value(Received("eth1"), 80, Huge + 40), new Value(Received("eth1"), 90, Huge + 45));
        bench.Send(new Value(Received("eth1"), 110, Huge + 55));
        bench.Send(new Value(Received("eth1"), 120, Huge + 60));
        bench.Restart();
        bench.Send(new Value(Received("eth1"), 120, Huge + 60), new Value(Received("eth1"), 130, Huge + 65));
        Assert.Equal([0, .. Enumerable.Repeat(6.0, 10), 0, 5, 5], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void After_a_restart_what_joins_in_a_request_of_its_own_is_no_traffic()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 100, Huge));
        bench.Restart();
        foreach (var seconds in new[] { 110, 120 })
        {
            bench.Send(new Value(Received("eth0"), seconds, Huge + seconds - 100));
            bench.Send(new Value(Received("eth1"), seconds, Huge + seconds));
        }
        Assert.Equal([0, 10, 20], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void Restarts_and_what_is_sent_again_after_them_neither_lose_nor_invent_traffic() =>
        Gen.Select(Gen.Int[0, 5000].Array[12].Array[1, 3], Gen.Int[0, 3].Array[12], Gen.Int[1, 6], Gen.Int[0, 1_000_000]).Sample(
            (increases, restarts, back, seed) =>
            {
                var (bench, random) = (new SeriesBench(), new Random(seed));
                bench.Send([.. increases.Select((_, device) => Total(device, 0))]);
                for (var step = 1; step < 12; step++)
                {
                    foreach (var device in Enumerable.Range(0, increases.Length).OrderBy(_ => random.Next()).ToArray())
                    {
                        bench.Send(Total(device, step));
                        // The last rounds find all members together again.
                        if (restarts[step] != 1 || step > 9 || random.Next(2) == 0)
                            continue;
                        bench.Restart();
                        var (other, first) = (random.Next(increases.Length), Math.Max(0, step - back));
                        var again = Enumerable.Range(first, step - first).Select(i => Total(other, i));
                        foreach (var request in again.Chunk(random.Next(1, 7)))
                            bench.Send(request);
                    }
                }
                var totals = bench.Column(Measure.NetworkIn);
                Assert.Equal(totals.Order(), totals);
                Assert.Equal(increases.Sum(device => device.Skip(1).Sum()), bench.Increases(Measure.NetworkIn).Sum());

                Value Total(int device, int step) =>
                    new(Received($"eth{device}"), 10 * step, (Huge * (1 + device)) + increases[device].Skip(1).Take(step).Sum());
            },
            iter: 1000, threads: 1);

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

    [Theory]
    [InlineData(5000.0)]
    [InlineData(2e9)]
    [InlineData(Huge)]
    public void A_container_that_was_restarted_while_we_were_away_counts_whole(double first)
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Received("eth0"), 1020, 1e9, 500), new Value(Received("eth1"), 1020, Huge, 500));
        bench.Restart();
        // Only what began later has been restarted.
        foreach (var (seconds, i) in new[] { (1030, 0), (1040, 1) })
        {
            bench.Send(new Value(Received("eth0"), seconds, first + (10 * i), 1025));
            bench.Send(new Value(Received("eth1"), seconds, Huge + 1 + i, 500));
        }
        Assert.Equal([0, first, 11], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void A_start_that_the_stored_row_may_hold_is_no_restart()
    {
        var bench = new SeriesBench();
        foreach (var (seconds, value) in new[] { (1018, Huge), (1028, 10), (1038, 30) })
        {
            bench.Send(new Value(Received("eth0"), seconds, value, seconds > 1020 ? 1025 : 500));
            bench.Restart();
        }
        // What it counted since is left out: the row may hold a part of it.
        Assert.Equal([0, 10, 0], bench.Increases(Measure.NetworkIn));
    }

    [Fact]
    public void Increases_that_are_sent_again_after_a_restart_are_no_traffic()
    {
        var sent = new SeriesDescription(WireProtocol.Otlp, "container.network.io", Received("eth0", ("network.io.direction", "receive")).Labels, isDelta: true);
        var bench = new SeriesBench();
        Value[] values = [.. Enumerable.Range(1, 4).Select(i => new Value(sent, 100 + (10 * i), 100 * i, 90 + (10 * i)))];
        bench.Send(values[..3]);
        bench.Restart();
        bench.Send(values[1..3]);
        bench.Send(values[3]);
        Assert.Equal([100, 300, 600, 1000], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void Increases_add_to_what_is_stored_after_a_restart()
    {
        var sent = new SeriesDescription(WireProtocol.Otlp, "container.network.io", Received("eth0", ("network.io.direction", "receive")).Labels, isDelta: true);
        var bench = new SeriesBench();
        foreach (var i in Enumerable.Range(1, 4))
        {
            bench.Send(new Value(sent, 100 + (10 * i), 100 * i, 90 + (10 * i)));
            bench.Restart();
        }
        Assert.Equal([100, 300, 600, 1000], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void Of_several_increases_of_one_step_those_that_ended_after_the_row_was_written_count()
    {
        var bench = new SeriesBench();
        Value[] values = [.. Enumerable.Range(0, 10).Select(i => new Value(Increase(), 102 + (2 * i), 100, 100 + (2 * i)))];
        foreach (var value in values[..6])
            bench.Send(value);
        bench.Restart();
        bench.Send(values[4], values[5]);
        foreach (var i in new[] { 7, 6, 8, 9 })
            bench.Send(values[i]);
        Assert.Equal([400, 900, 1000], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void What_is_added_up_together_is_forgotten_together_and_goes_on_from_what_is_stored()
    {
        var bench = new SeriesBench(new() { MaxSeries = 40 });
        for (var i = 0; i < 10; i++)
        {
            bench.Send(new Value(Received("eth0"), 10 * i, Huge + (1000 * i)), new Value(Total(), 10 * i, 700), new Value(Available(), 10 * i, 300 + i));
            using (var slow = bench.Read(new Value(Received("eth1"), 10 * i, Huge + (5 * i))))
            {
                SendOthers();
                slow.Store();
            }
            // One of a sum that is forgotten is looked up again while the others are idle.
            SendOthers();
            Assert.InRange(bench.Catalog.Count, 1, 40);
        }
        Assert.Equal([0, .. Enumerable.Repeat(1005.0, 9)], bench.Increases(Measure.NetworkIn));

        static SeriesDescription Total() => Of(WireProtocol.Prometheus, "node_memory_MemTotal_bytes");
        static SeriesDescription Available() => Of(WireProtocol.Prometheus, "node_memory_MemAvailable_bytes");
        void SendOthers()
        {
            for (var other = 0; other < 50; other++)
                bench.Send(new Value(new(WireProtocol.Prometheus, "container_fs_usage_bytes", [new("instance_id", $"{Guid.NewGuid()}")]), 0, 1));
        }
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
    public void A_series_that_ended_and_its_successor_are_never_added()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 100.003, 5));
        bench.Send(new Value(Used(("id", "a")), 110, 0, Ends: true), new Value(Used(("id", "b")), 110, 4));
        bench.Send(new Value(Used(("id", "b")), 117, 0, Ends: true), new Value(Used(("id", "c")), 117, 3));
        Assert.Equal([5, 4], bench.Column(Measure.MemoryUsage));
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
        var sent = new SeriesDescription(WireProtocol.Otlp, "container.network.io", Received("eth0", ("network.io.direction", "receive")).Labels, isDelta: true);
        var bench = new SeriesBench();
        foreach (var (i, increase) in new[] { 100, 1e300, 9e18, 100, -50, 100 }.Index())
            bench.Send(new Value(sent, 100 + (10 * i), increase, 90 + (10 * i)));
        Assert.Equal([100, 200, 300], bench.Column(Measure.NetworkIn));
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(-100.0)]
    public void A_part_that_no_column_can_hold_costs_itself(double amount)
    {
        var bench = new SeriesBench();
        var reasons = bench.Send(new Value(Used(("id", "a")), 100, amount), new Value(Used(("id", "b")), 100, 500), new Value(Load(), 100, 2_000_000));
        Assert.Equal([UnmappedReason.NotANumber, UnmappedReason.NotANumber], reasons);
        bench.Send(new Value(Used(("id", "a")), 103, 7), new Value(Load(), 103, 50));
        Assert.Equal((507, 50), (bench.Column(Measure.MemoryUsage).Single(), bench.Column(Measure.CpuUsage).Single()));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(9_223_372_036_854_771_712.0)]
    public void No_limit_of_a_part_is_no_limit_of_the_whole_and_yields_to_a_limit_of_its_own(double none)
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Limit("a"), 100, 500), new Value(Limit("b"), 100, none));
        bench.Send(new Value(Limit("a"), 101, 500));
        Assert.Empty(bench.Column(Measure.MemoryLimit));
        bench.Send(new Value(Limit("b"), 102, 400));
        bench.Send(new Value(Limit("b"), 103, none));
        Assert.Equal([900], bench.Column(Measure.MemoryLimit));
    }

    [Fact]
    public void A_part_that_ended_and_its_successor_are_never_added_in_any_order_that_tells_the_end_in_time() =>
        Gen.Select(Gen.Shuffle(Enumerable.Range(0, 4).ToArray()), Gen.Int[1, 5]).Sample(
            (order, size) =>
            {
                Value[] values =
                [
                    new(Used(("id", "a")), 101, 500), new(Used(("id", "a")), 103, 450), new(Used(("id", "a")), 106, 0, Ends: true),
                    new(Used(("id", "a")), 121, 90),
                ];
                var bench = new SeriesBench();
                foreach (var request in order.Select(i => values[i]).Append(new(Used(("id", "b")), 106, 400)).Chunk(size))
                    bench.Send(request);
                Assert.Equal([500, 90], bench.Column(Measure.MemoryUsage));
            },
            iter: 200, threads: 1);

    [Fact]
    public void Of_several_ends_the_first_counts()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 101, 500));
        bench.Send(new Value(Used(("id", "a")), 109, 0, Ends: true));
        bench.Send(new Value(Used(("id", "a")), 104, 0, Ends: true));
        bench.Send(new Value(Used(("id", "b")), 106, 400));
        Assert.Equal([500], bench.Column(Measure.MemoryUsage));
        // It came back: its ends before that are of no account.
        bench.Send(new Value(Used(("id", "b")), 111, 400), new Value(Used(("id", "a")), 111, 500));
        bench.Send(new Value(Used(("id", "a")), 108, 0, Ends: true));
        bench.Send(new Value(Used(("id", "c")), 112, 7));
        Assert.Equal([500, 907], bench.Column(Measure.MemoryUsage));
    }

    [Fact]
    public void A_part_that_goes_on_after_its_end_is_there_again()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 101, 500), new Value(Used(("id", "a")), 101, 0, Ends: true));
        Assert.Equal([500], bench.Column(Measure.MemoryUsage));
        bench.Send(new Value(Used(("id", "a")), 103, 500));
        bench.Send(new Value(Used(("id", "b")), 104, 400));
        Assert.Equal([900], bench.Column(Measure.MemoryUsage));
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

    [Fact]
    public void Every_order_of_arrival_and_every_repetition_leaves_the_same_gauges() =>
        Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[1, 1000]).Array[1, 25], Gen.Int[0, 1_000_000], Gen.Int[1, 6]).Sample(
            (samples, seed, size) =>
            {
                var bench = new SeriesBench();
                foreach (var request in Shuffled(samples, seed).Chunk(size))
                    bench.Send([.. request.Select(sample => new Value(Used(("id", $"{sample.Item1}")), (10 * sample.Item2) + 3, sample.Item3))]);
                var expected = samples.GroupBy(sample => sample.Item2).OrderBy(step => step.Key)
                    .Select(step => (double)step.GroupBy(sample => sample.Item1).Sum(part => part.Max(sample => sample.Item3)));
                Assert.Equal(expected, bench.Column(Measure.MemoryUsage));
            },
            iter: 500, threads: 1);

    [Fact]
    public void Members_that_are_read_each_in_its_own_time_are_all_there_in_every_step() =>
        Gen.Select(Gen.Int[10_000, 20_000].Array[40].Array[2, 4], Gen.Int[0, 1_000_000], Gen.Int[1, 6]).Sample(
            (intervals, seed, size) =>
            {
                // Each in order, and one ahead of the others; what was sent is sent again.
                var random = new Random(seed);
                var sent = intervals.SelectMany((own, member) => own.Select((interval, i) =>
                {
                    var seconds = own.Take(i + 1).Sum() / 1e3;
                    Value[] values = [new(Used(("id", $"{member}")), seconds, 1000), new(Cpu($"cpu{member}"), seconds, 100 + (seconds / 2))];
                    return (Seconds: seconds, Values: values);
                })).Where(sample => sample.Seconds < 380).ToList();
                var delays = intervals.Select(_ => random.Next(15)).ToArray();
                var bench = new SeriesBench();
                foreach (var request in sent.OrderBy(sample => sample.Seconds + delays[int.Parse(sample.Values[0].Series.Label("id"), System.Globalization.CultureInfo.InvariantCulture)]).Chunk(size))
                {
                    bench.Send([.. request.SelectMany(sample => sample.Values)]);
                    bench.Send([.. request.SelectMany(sample => sample.Values)]);
                }
                foreach (var (column, whole) in new[] { (Measure.MemoryUsage, 1000.0), (Measure.CpuUsage, 50) })
                {
                    var rows = bench.Table.Where(cell => cell.Key.Column == column).ToList();
                    Assert.All(rows, cell => Assert.InRange(cell.Value, 0, (whole * intervals.Length) + 0.001));
                    // That their times differ shows once two of them have a value in one step; of the last steps the next values are not there yet.
                    Assert.All(rows.Where(cell => cell.Key.Second is >= 200 and < 340), cell => Assert.Equal(whole * intervals.Length, cell.Value, 0.001));
                }
            },
            iter: 100, threads: 1);

    [Fact]
    public void A_read_that_lies_about_a_step_s_start_is_whole_in_every_step()
    {
        var (bench, random) = (new SeriesBench(), new Random(1));
        for (var i = 0; i < 24; i++)
        {
            var at = (10 * i) + (random.NextDouble() * 0.004) - 0.003;
            for (var part = 0; part < 4; part++)
                bench.Send(new Value(Used(("id", $"{part}")), at + (0.001 * part), 100), new Value(Cpu($"cpu{part}"), at + (0.001 * part), 100 + (at / 2)));
        }
        Assert.All(bench.Column(Measure.MemoryUsage)[8..^1], memory => Assert.Equal(400, memory));
        Assert.All(bench.Column(Measure.CpuUsage)[8..^1], cpu => Assert.Equal(200, cpu, 0.1));
    }

    [Fact]
    public void Members_that_are_read_at_one_time_or_take_turns_are_gone_where_they_have_no_value()
    {
        var bench = new SeriesBench();
        foreach (var (id, i) in new[] { ("a", 0), ("b", 0), ("a", 1), ("a", 2), ("b", 2), ("a", 3) })
            bench.Send(new Value(Used(("id", id)), (10 * i) + 3, 100));
        Assert.Equal([200, 100, 200, 100], bench.Column(Measure.MemoryUsage));
        // A label that changes and changes back.
        for (var i = 0; i < 8; i++)
            bench.Send(new Value(Limit(i is 3 or 5 ? "paused" : "running"), (10 * i) + 3.1 + (i / 10.0), 100));
        Assert.All(bench.Column(Measure.MemoryLimit), limit => Assert.Equal(100, limit));
    }

    [Theory]
    [InlineData(20, 11, true)]
    [InlineData(20, 5, true)]
    [InlineData(30, 12, true)]
    [InlineData(60, 11, true)]
    [InlineData(60, 53, true)]
    [InlineData(20, 10, false)]
    [InlineData(20, 10.3, false)]
    [InlineData(60, 30, false)]
    public void Members_that_never_meet_in_a_step_are_all_there_unless_they_may_be_one_that_changes_its_label(int every, double later, bool areTwo)
    {
        var (live, once) = (new SeriesBench(), new SeriesBench());
        Value[] sent =
        [
            .. Enumerable.Range(0, 20).SelectMany(i => new (int Member, double Seconds)[] { (0, (every * i) + 3.2), (1, (every * i) + 3.2 + later) })
                .SelectMany(sample => new Value[]
                {
                    new(Used(("id", $"{sample.Member}")), sample.Seconds, 100), new(Cpu($"cpu{sample.Member}"), sample.Seconds, 100 + (sample.Seconds / 2)),
                }),
        ];
        foreach (var value in sent)
            live.Send(value);
        once.Send(sent);
        foreach (var bench in new[] { live, once })
        {
            Assert.All(bench.Column(Measure.MemoryUsage)[1..^1], memory => Assert.Equal(areTwo ? 200 : 100, memory));
            Assert.All(bench.Column(Measure.CpuUsage)[1..^1], cpu => Assert.Equal(areTwo ? 100 : 50, cpu, 0.001));
        }
    }

    [Fact]
    public void A_label_that_changes_now_and_then_is_one_member_however_uneven_its_readings_are()
    {
        var (bench, random, at) = (new SeriesBench(), new Random(1), 0.0);
        for (var i = 0; i < 200; i++)
            bench.Send(new Value(Limit(i % 7 is 3 or 5 ? "paused" : "running"), at += 10 + random.Next(8), 100));
        Assert.All(bench.Column(Measure.MemoryLimit), limit => Assert.Equal(100, limit));
    }

    [Fact]
    public void Members_of_one_reading_are_gone_where_they_have_no_value_however_uneven_it_is()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 24; i++)
        {
            foreach (var id in (i % 4) switch { 0 => "a", 1 => "b", 2 => "a", _ => i % 8 == 3 ? "b" : "ab" })
                bench.Send(new Value(Used(("id", $"{id}")), (20 * (i / 2)) + (i % 2 == 0 ? 3 : 15), 100));
        }
        Assert.All(bench.Column(Measure.MemoryUsage)[7..].Select((memory, i) => (memory, i)), row => Assert.Equal((row.i + 7) % 8 == 7 ? 200 : 100, row.memory));
    }

    [Fact]
    public void Once_seen_apart_members_stay_so_until_they_are_read_at_one_time()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 3, 100), new Value(Used(("id", "b")), 8, 10));
        for (var i = 1; i < 30; i++)
            bench.Send(new Value(Used(("id", i % 2 == 0 ? "a" : "b")), (10 * i) + 3, i % 2 == 0 ? 100 : 10));
        Assert.All(bench.Column(Measure.MemoryUsage)[..^1], memory => Assert.Equal(110, memory));
        for (var i = 30; i < 60; i++)
            bench.Send([new Value(Used(("id", "a")), (10 * i) + 3, 100), .. i % 3 == 0 ? new[] { new Value(Used(("id", "b")), (10 * i) + 3, 10) } : []]);
        Assert.Equal([.. Enumerable.Range(50, 10).Select(i => i % 3 == 0 ? 110.0 : 100)], bench.Column(Measure.MemoryUsage)[50..]);
    }

    [Fact]
    public void Every_order_of_arrival_fills_the_same_gaps() =>
        Gen.Select(Gen.Int[8_000, 22_000].Array[5].Array[2, 3], Gen.Int[0, 1_000_000], Gen.Bool).Sample(
            (intervals, seed, isRate) =>
            {
                // A rate needs about a step.
                var sent = intervals.SelectMany((own, member) => own.Select((interval, i) => (Member: member, Seconds: own.Take(i + 1).Sum(each => Math.Max(each, isRate ? 10_000 : 0)) / 1e3)))
                    .OrderBy(sample => sample.Seconds)
                    .Select(sample => isRate
                        ? new Value(Cpu($"cpu{sample.Member}"), sample.Seconds, 100 + (sample.Seconds * (sample.Member + 1) / 10))
                        : new Value(Used(("id", $"{sample.Member}")), sample.Seconds, Math.Pow(10, sample.Member)))
                    .ToArray();
                var shuffled = sent.ToArray();
                new Random(seed).Shuffle(shuffled);
                Value[][][] orders =
                [
                    [sent], [.. sent.Chunk(1)], [.. sent.Reverse().Chunk(1)], [.. sent.GroupBy(value => value.Series).Select(own => own.ToArray())],
                    [.. shuffled.Chunk(1)], [.. shuffled.Chunk(3)],
                ];
                var tables = orders.Select(order =>
                {
                    var bench = new SeriesBench();
                    bench.Send([.. intervals.Select((_, member) => new Value(Cpu($"cpu{member}"), 0, 100))]);
                    foreach (var request in order)
                        bench.Send(request);
                    return string.Join(' ', bench.Table.OrderBy(cell => (cell.Key.Column, cell.Key.Second)).Select(cell => $"{cell.Key.Second}:{cell.Value:0.####}"));
                }).ToArray();
                Assert.All(tables, table => Assert.Equal(tables[0], table));
            },
            iter: 2000, threads: 1);

    [Fact]
    public void A_member_that_ended_twice_is_not_there_after_its_first_end()
    {
        var samples = new[] { 1, 12, 23, 34, 45, 56, 67 }.Select(at => new Value(Used(("id", "a")), at, 1))
            .Concat([new(Used(("id", "b")), 2, 1000), new(Used(("id", "b")), 14, 1000), new(Used(("id", "b")), 16, 0, Ends: true)])
            .Concat([new(Used(("id", "b")), 57, 1000), new(Used(("id", "b")), 59, 0, Ends: true)])
            .OrderBy(value => value.Seconds).ToArray();
        foreach (var order in new Value[][][] { [samples], [.. samples.Chunk(1)], [.. samples.Chunk(2)], [.. samples.Reverse().Chunk(1)], [.. samples.Reverse().Chunk(3)] })
        {
            var bench = new SeriesBench();
            foreach (var request in order)
                bench.Send(request);
            Assert.Equal([1001, 1001, 1, 1, 1, 1001, 1], bench.Column(Measure.MemoryUsage));
        }
    }

    [Fact]
    public void A_member_that_ended_or_was_away_for_more_than_a_minute_is_not_there_between()
    {
        var bench = new SeriesBench();
        for (var i = 0; i < 20; i++)
        {
            bench.Send(new Value(Used(("id", "a")), 10 * i, 100));
            if (i is < 5 or 7 or 8 or > 15)
                bench.Send(new Value(Used(("id", "b")), (10 * i) + 2, 10));
            if (i == 4)
                bench.Send(new Value(Used(("id", "b")), (10 * i) + 5, 0, Ends: true));
        }
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => i is < 5 or 7 or 8 or > 15 ? 110.0 : 100)], bench.Column(Measure.MemoryUsage));
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

    [Fact]
    public void Rates_of_increases_are_the_same_in_any_order()
    {
        var cpu = new SeriesDescription(WireProtocol.Otlp, "container.cpu.time", Cpu().Labels, isDelta: true);
        var bench = new SeriesBench();
        foreach (var i in new[] { 1, 4, 2, 3, 2 })
            bench.Send(new Value(cpu, 10 * i, i, (10 * i) - 10 + 0.000001));
        Assert.Equal([10, 20, 30, 40], bench.Column(Measure.CpuUsage).Select(percent => Math.Round(percent)));
    }

    private static Value[] Sent(int part, int i) =>
    [
        new(Used(("id", $"{part}")), 10 * i, 1000), new(Cpu($"cpu{part}"), 10 * i, 100 + i), new(Received($"eth{part}"), 10 * i, Huge + (1000 * i)),
    ];

    private static SeriesDescription Named(string series, string name, params (string Key, string Value)[] labels) =>
        new(WireProtocol.Prometheus, series, [new("name", name), .. labels.Select(label => KeyValuePair.Create(label.Key, label.Value))]);

    private static SeriesDescription Increase() =>
        new(WireProtocol.Otlp, "container.network.io", Received("eth0", ("network.io.direction", "receive")).Labels, isDelta: true);

    private static SeriesDescription Limit(string container) => Of(WireProtocol.Prometheus, "container_spec_memory_limit_bytes", ("container", container));

    private static SeriesDescription Load() => Of(WireProtocol.Influx, "docker_container_cpu.usage_percent", ("cpu", "cpu-total"));

    private static T[] Shuffled<T>(T[] items, int seed)
    {
        T[] twice = [.. items, .. items];
        new Random(seed).Shuffle(twice);
        return twice;
    }

    private static long Microseconds(long seconds) => PostgresTime.FromInstant(DateTimeOffset.FromUnixTimeSeconds(seconds));
}
