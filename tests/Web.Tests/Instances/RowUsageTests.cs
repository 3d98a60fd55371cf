using LaunchStack.Web.Charts;
using LaunchStack.Web.Instances;

namespace LaunchStack.Web.Tests.Instances;

public sealed class RowUsageTests
{
    [Fact]
    public void Shortly_after_midnight_the_last_hour_is_still_drawn_and_only_today_counts()
    {
        var now = new DateTimeOffset(2026, 11, 26, 0, 10, 0, TimeSpan.Zero);
        UsageBucket[] buckets =
        [
            new(now.AddMinutes(-40), CpuUsage: 1, NetworkIn: 1000),
            new(now.AddMinutes(-5), CpuUsage: 2, NetworkIn: 10, NetworkOut: 5),
        ];

        var usage = RowUsage.Of(buckets, now);

        Assert.Equal(now.AddHours(-1), RowUsage.Start(now));
        Assert.Equal(15, usage.TrafficToday);
        Assert.Equal(2, usage.Latest!.CpuUsage);
        Assert.Equal([1, 2], usage.Spark.OfType<double>());
    }

    [Fact]
    public void What_was_silent_for_an_hour_has_no_figures_but_its_traffic_of_today()
    {
        var now = new DateTimeOffset(2026, 11, 26, 18, 0, 0, TimeSpan.Zero);

        var usage = RowUsage.Of([new(now.AddHours(-3), CpuUsage: 1, NetworkIn: 7)], now);

        Assert.Null(usage.Latest);
        Assert.All(usage.Spark, Assert.Null);
        Assert.Equal(7, usage.TrafficToday);
    }
}
