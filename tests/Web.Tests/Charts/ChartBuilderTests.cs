using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Tests.Charts;

public sealed class ChartBuilderTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 26, 10, 0, 0, TimeSpan.Zero);
    private static readonly ChartRange Range = new(Start, Start.AddMinutes(10), null);

    [Fact]
    public void Rates_are_bytes_over_the_time_since_the_sample_before_and_totals_add_up()
    {
        UsageBucket[] buckets = [Bucket(0, 600), Bucket(60, 1200), Bucket(120, 60), Bucket(420, 300)];

        var chart = Build(buckets);

        // The gap before the last bucket has a moment of its own, without a value: it breaks the line.
        Assert.Equal([10, 20, 1, null, 1], Line(chart, "rate", "in"));
        Assert.Equal([600, 1800, 1860, null, 2160], Line(chart, "total", "in"));
        Assert.Equal(chart.Times.Order(), chart.Times);
    }

    [Fact]
    public void A_restart_is_a_mark_and_so_is_an_alert_in_order_of_time()
    {
        UsageBucket[] buckets = [Bucket(0, 1), Bucket(60, 1) with { Restarts = 1 }];
        var alert = new ChartMark(Start.AddSeconds(30), null, "CPU (warning)", "warning", "cpu");

        var chart = ChartBuilder.Build(Range, buckets, [alert], null, Start.AddMinutes(2));

        Assert.Equal([alert, new(Start.AddSeconds(60), null, "restart", "restart", null)], chart.Marks);
    }

    [Fact]
    public void The_period_before_lies_over_the_range_and_fills_its_gaps_only()
    {
        UsageBucket[] own = [Bucket(0, 1), Bucket(60, 1), Bucket(300, 1), Bucket(360, 1)];
        var before = Enumerable.Range(0, 10).Select(i => Bucket((i * 60) - 600 + 20, 1) with { CpuUsage = i }).ToList();

        var chart = ChartBuilder.Build(Range, own, [], new("the period before", before, Range.Length), Start.AddMinutes(7));

        var (cpu, compared) = (Line(chart, "cpu", "average"), Line(chart, "cpu", "average-compared"));
        Assert.Equal(chart.Times.Count, compared.Count);
        Assert.Equal(0, compared[0]);
        Assert.Equal(4, cpu.Count(value => value is not null));
        Assert.True(compared.Count(value => value is not null) > 4);
        Assert.DoesNotContain(chart.Panels.SelectMany(p => p.Lines), line => line.Key == "limit-compared");
    }

    [Fact]
    public void Without_samples_there_is_a_chart_without_values()
    {
        var chart = Build([]);

        Assert.All(chart.Panels.SelectMany(panel => panel.Lines), line => Assert.All(line.Values, Assert.Null));
        Assert.Single(chart.Gaps);
    }

    private static UsageChart Build(IReadOnlyList<UsageBucket> buckets) => ChartBuilder.Build(Range, buckets, [], null, Start.AddSeconds(480));

    private static IReadOnlyList<double?> Line(UsageChart chart, string panel, string line) =>
        chart.Panels.Single(p => p.Key == panel).Lines.Single(l => l.Key == line).Values;

    private static UsageBucket Bucket(int seconds, double bytes) => new(Start.AddSeconds(seconds), CpuUsage: 5, NetworkIn: bytes, NetworkOut: bytes);
}
