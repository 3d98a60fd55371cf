using CsCheck;
using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Tests.Metering.Days;

public sealed class DayMeterTests
{
    private static readonly Guid Instance = Guid.Parse("5b0c0000-0000-0000-0000-000000000001");
    private static readonly DateOnly First = new(2026, 11, 1);

    [Fact]
    public void Days_come_to_what_the_model_says_to_the_last_integer() =>
        Samples.Of(First, 3).Sample(rows =>
        {
            var samples = rows.Select(row => row.Sample).ToArray();
            var lines = Days.Of(Instance, samples);
            var model = MeterModel.Of(samples);
            Assert.Equal(model.Keys, lines.Select(line => line.Line.Day.StartMilliseconds() / UtcDay.Milliseconds));
            Assert.Equal(
                model.Values.Select(day => (day.Quantities, day.Samples, day.Restarts)),
                lines.Select(line => (line.Line.Quantities, line.Line.Samples, line.Line.Restarts)));
        }, iter: 2000);

    [Fact]
    public void The_order_of_rows_does_not_matter() =>
        Gen.Select(Samples.Of(First, 2), Gen.Int).Sample((rows, seed) =>
        {
            var samples = rows.Select(row => row.Sample).ToArray();
            var shuffled = samples.OrderBy(s => HashCode.Combine(s.Time, seed));
            Assert.Equal(Days.Of(Instance, samples).Select(line => line.Line.Digest()), Days.Of(Instance, shuffled).Select(line => line.Line.Digest()));
        }, iter: 300);

    [Fact]
    public void Traffic_of_days_adds_up_to_the_increase_over_all_of_them() =>
        Samples.Of(First, 5).Sample(rows =>
        {
            var samples = rows.Select(row => row.Sample).ToArray();
            var whole = new CounterMeter(null);
            foreach (var sample in samples)
                whole.Add(sample.Time, sample.NetworkIn);
            Assert.Equal(whole.Increase, Days.Of(Instance, samples).Aggregate(Int128.Zero, (sum, line) => sum + line.Line.Quantities.NetworkInBytes));
        }, iter: 500);

    [Fact]
    public void No_time_is_counted_twice_and_a_day_has_24_hours() =>
        Samples.Of(First, 3).Sample(rows =>
        {
            foreach (var line in Days.Of(Instance, rows.Select(row => row.Sample)))
            {
                Assert.InRange(line.Line.Quantities.CoveredMs, 0, UtcDay.Milliseconds);
                Assert.Equal(UtcDay.Milliseconds, line.Line.Quantities.CoveredMs + line.Line.Quantities.UncoveredMs);
            }
        }, iter: 500);

    [Fact]
    public void A_sample_holds_until_the_next_and_three_usual_intervals_at_most()
    {
        // Every 20 s, then a silence of 10 minutes, then once more: 60 s are bridged, the last one holds as long.
        var times = new[] { 0, 20, 40, 60, 80, 680 };
        var line = Line(times.Select(seconds => Sample(seconds, memory: 1000)));
        Assert.Equal(60_000, line.MaxGapMs);
        Assert.Equal(80_000 + 60_000 + 60_000, line.Quantities.CoveredMs);
        Assert.Equal(200_000_000, line.Quantities.MemoryByteMs);
    }

    [Theory]
    [InlineData(new int[0], 30_000)]
    [InlineData(new[] { 0 }, 30_000)]
    [InlineData(new[] { 0, 1, 2 }, 30_000)]
    [InlineData(new[] { 0, 10, 30 }, 30_000)]
    [InlineData(new[] { 0, 10, 30, 60 }, 60_000)]
    [InlineData(new[] { 0, 3600 }, 300_000)]
    public void The_usual_interval_is_the_lower_median_of_the_days_gaps(int[] seconds, long gap) =>
        Assert.Equal(gap, default(GapRule).For(Array.ConvertAll(seconds, s => Sample(s))));

    [Fact]
    public void A_hold_over_midnight_is_split_and_the_next_day_has_a_line_for_it()
    {
        var samples = new[] { Sample(86_370, memory: 10), Sample(86_380, memory: 20), Sample(86_390, memory: 30) };
        var lines = Days.Of(Instance, samples);
        Assert.Equal([First, First.AddDays(1)], lines.Select(line => line.Line.Day));
        Assert.Equal((300_000 + 300_000, 20_000 * 30), (lines[0].Line.Quantities.MemoryByteMs, lines[1].Line.Quantities.MemoryByteMs));
        Assert.Equal((0, 20_000), (lines[1].Line.Samples, lines[1].Line.Quantities.CoveredMs));
    }

    [Fact]
    public void What_cannot_be_meant_costs_itself_and_not_its_sample()
    {
        var line = Line([
            MeterSample.Of(Micros(0), double.NaN, -1, long.MinValue, -5, null), MeterSample.Of(Micros(10), 1e300, 5, 7, 100, 10),
            MeterSample.Of(Micros(20), double.NegativeInfinity, null, 7, 50, 5), MeterSample.Of(Micros(30), -0.0, 5, null, -1, null)]);
        Assert.Equal(new Quantities(0, 5 * 10_000 + 5 * 30_000, 7 * 20_000, 50, 5, 60_000, UtcDay.Milliseconds - 60_000), line.Quantities);
        Assert.Equal((4, 1), (line.Samples, line.Restarts));
    }

    [Fact]
    public void The_largest_values_that_a_column_can_hold_do_not_overflow()
    {
        var line = Line(Enumerable.Range(0, 8640).Select(i => MeterSample.Of(
            Micros(i * 10), MeterSample.MaxCpuPercent, long.MaxValue, long.MaxValue, i % 2 == 0 ? long.MaxValue : 0, 0)));
        Assert.Equal((Int128)long.MaxValue * UtcDay.Milliseconds, line.Quantities.MemoryByteMs);
        Assert.Equal((Int128)long.MaxValue * 4319, line.Quantities.NetworkInBytes);
        Assert.Equal((Int128)10_000_000_000 * UtcDay.Milliseconds, line.Quantities.CpuCoreNs);
    }

    [Fact]
    public void Cpu_is_rounded_once_ties_to_even()
    {
        // 0.00015 times 10,000 is a little below 1.5 in doubles: the product is what is rounded, here and in SQL and in Python.
        Assert.Equal([0, 1, 2, 125_000, 0], new double[] { 0.00005, 0.00015, 0.00025, 12.5, double.Epsilon }
            .Select(percent => MeterSample.Of(0, percent, null, null, null, null).Cpu));
    }

    [Fact]
    public void Times_before_1970_are_truncated_downwards_too() =>
        Assert.Equal([-1, -1, 0, 0], new long[] { -1, -1000, 0, 999 }.Select(time => new MeterSample(time, 0, 0, 0, 0, 0).Milliseconds));

    [Fact]
    public void A_change_of_any_value_or_of_what_came_before_changes_the_digest()
    {
        MeterSample[] samples = [Sample(0, 1), Sample(10, 2)];
        string[] digests = [
            Line(samples).Digest(), Line([Sample(0, 1), Sample(10, 3)]).Digest(), Line([Sample(0, 1)]).Digest(),
            DayMeter.Compute(Instance, First.AddDays(1), samples, default, default).Line.Digest(),
            DayMeter.Compute(Instance, First, samples, new(null, 0, new(5, 0), null), default).Line.Digest(),
            DayMeter.Compute(Instance, First, samples, default, new(30_001)).Line.Digest()];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    [Fact]
    public void The_canonical_text_is_the_one_of_the_docs()
    {
        var opening = new DayOpening(new(Micros(-5), 1, MeterSample.Absent, 3, -1, -1), 5000, new(Micros(-5), 70), null);
        var line = DayMeter.Compute(Instance, First, [MeterSample.Of(Micros(10), 0.5, 100, null, 90, 1)], opening, default).Line;
        Assert.Equal(
            """
            launchstack day line 1
            instance=5b0c0000-0000-0000-0000-000000000001
            day=2026-11-01
            opening=carry=1793491195000000,1,,3,5000;in=1793491195000000,70
            max_gap_ms=30000
            samples=1
            rows_sha256=

            """.ReplaceLineEndings("\n").TrimEnd(), line.Canonical()[..line.Canonical().IndexOf(line.RowsDigest, StringComparison.Ordinal)]);
        Assert.Equal(DayOpening.Parse(line.Opening).ToString(), line.Opening);
        using var text = new MemoryStream();
        CanonicalRows.Write([MeterSample.Of(Micros(10), 0.5, 100, null, 90, 1)], text.Write);
        Assert.Equal("1793491210000000,5000,100,,90,1\n", System.Text.Encoding.ASCII.GetString(text.ToArray()));
    }

    private static DayLine Line(IEnumerable<MeterSample> samples) => DayMeter.Compute(Instance, First, [.. samples], default, default).Line;

    private static MeterSample Sample(double seconds, long memory = 0) => MeterSample.Of(Micros(seconds), 0, memory, 0, null, null);

    private static long Micros(double seconds) => First.StartMilliseconds() * 1000 + (long)(seconds * 1_000_000);
}
