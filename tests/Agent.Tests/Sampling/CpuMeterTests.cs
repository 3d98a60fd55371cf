using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling;

public class CpuMeterTests
{
    private readonly WatchedTime _time = new();

    [Fact]
    public void Use_is_percent_of_one_core_over_the_time_between_two_readings()
    {
        var meter = new CpuMeter(_time);
        Assert.Null(meter.Percent(TimeSpan.FromSeconds(100)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(25, meter.Percent(TimeSpan.FromSeconds(102.5)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, meter.Percent(TimeSpan.FromSeconds(122.5)));
    }

    [Fact]
    public void A_total_that_fell_gives_no_figure_and_a_new_beginning()
    {
        var meter = new CpuMeter(_time);
        meter.Percent(TimeSpan.FromSeconds(100));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(meter.Percent(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(10, meter.Percent(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Two_readings_at_once_give_no_figure()
    {
        var meter = new CpuMeter(_time);
        meter.Percent(TimeSpan.FromSeconds(1));
        Assert.Null(meter.Percent(TimeSpan.FromSeconds(2)));
    }
}
