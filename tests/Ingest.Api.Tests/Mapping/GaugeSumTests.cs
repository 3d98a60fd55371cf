using CsCheck;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using static LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench;
using Value = LaunchStack.Ingest.Api.Tests.Mapping.SeriesBench.Value;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>Sums of gauges: which members are there in a step.</summary>
public class GaugeSumTests
{
    [Fact]
    public void A_series_that_ended_and_its_successor_are_never_added()
    {
        var bench = new SeriesBench();
        bench.Send(new Value(Used(("id", "a")), 100.003, 5));
        bench.Send(new Value(Used(("id", "a")), 110, 0, Ends: true), new Value(Used(("id", "b")), 110, 4));
        bench.Send(new Value(Used(("id", "b")), 117, 0, Ends: true), new Value(Used(("id", "c")), 117, 3));
        Assert.Equal([5, 4], bench.Column(Measure.MemoryUsage));
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
}
