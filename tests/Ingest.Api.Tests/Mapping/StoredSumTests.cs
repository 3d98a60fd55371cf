using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>Sums that go on from what is stored, after a restart of ours or an absence.</summary>
public class StoredSumTests
{
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
        var sent = Increase();
        var bench = new SeriesBench();
        Value[] values = [.. Enumerable.Range(1, 4).Select(i => new Value(sent, 100 + (10 * i), 100 * i, 90 + (10 * i)))];
        bench.Send(values[..3]);
        bench.Restart();
        bench.Send(values[1..3]);
        bench.Send(values[3]);
        Assert.Equal([100, 300, 600, 1000], bench.Column(Measure.NetworkIn));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_increase_older_than_what_is_stored_is_told_to_be_lost_whichever_comes_first(bool isFirst)
    {
        var bench = new SeriesBench();
        Value[] values = [.. Enumerable.Range(0, 7).Select(i => new Value(Increase(), 110 + (10 * i), 100, 100 + (10 * i)))];
        foreach (var i in new[] { 0, 1, 2, 3, 5 })
            bench.Send(values[i]);
        bench.Restart();
        if (!isFirst)
            bench.Send(values[6]);
        using (var late = bench.Read(values[4]))
        {
            Assert.Equal((1, UnmappedReason.OutOfOrder), (late.Refused, Assert.Single(late.Unmapped)));
            late.Store();
        }
        if (isFirst)
            bench.Send(values[6]);
        Assert.Equal([100, 200, 300, 400, 500, 600], bench.Column(Measure.NetworkIn));
    }

    [Fact]
    public void Increases_add_to_what_is_stored_after_a_restart()
    {
        var sent = Increase();
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
}
