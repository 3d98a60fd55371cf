using LaunchStack.Operations.Monitoring.Snapshot;
using LaunchStack.Operations.Tests.Support;

namespace LaunchStack.Operations.Tests.Monitoring;

public sealed class GrowthRateTests
{
    [Fact]
    public void The_slope_is_that_of_all_points_within_the_span_and_null_until_enough_is_measured()
    {
        var rate = new GrowthRate(TimeSpan.FromMinutes(10), TimeSpan.Zero);
        // A step that the span has forgotten by the end.
        rate.Add(Snapshots.Now.AddHours(-1), 0);
        rate.Add(Snapshots.Now, 1000);
        Assert.Null(rate.BytesPerSecond(TimeSpan.FromMinutes(1)));

        for (var i = 1; i <= 60; i++)
            rate.Add(Snapshots.Now.AddSeconds(i * 10), 1000 + (i * 50) + (i % 2 == 0 ? 20 : -20));
        Assert.Equal(5, rate.BytesPerSecond(TimeSpan.FromMinutes(1))!.Value, 0.05);
    }
}
