using CsCheck;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling;

public sealed class SampleClockTests : IDisposable
{
    private readonly WatchedTime _time = new();
    private readonly SentLog _log = new();

    [Fact]
    public void Times_are_the_clocks_to_the_millisecond()
    {
        var clock = Clock();
        _time.Advance(TimeSpan.FromTicks(12_345_678));
        Assert.Equal(new(_time.Start.AddMilliseconds(1234), IsLatest: true), clock.Next());
    }

    [Fact]
    public void A_clock_set_back_gives_no_time_twice_and_says_that_it_is_not_the_latest()
    {
        var clock = Clock();
        var first = Enumerable.Range(0, 5).Select(_ => Tick(clock)).ToArray();
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromSeconds(50));
        var second = Enumerable.Range(0, 7).Select(_ => Tick(clock)).ToArray();

        Assert.Equal(12, first.Concat(second).Select(sample => sample.At).Distinct().Count());
        Assert.All(first, sample => Assert.True(sample.IsLatest));
        // The same five times again, each later by a millisecond; only the last of them and what follows is new.
        Assert.Equal([false, false, false, false, true, true, true], second.Select(sample => sample.IsLatest));
        Assert.Single(_log.Lines, line => line.Event == "ClockSetBack" && line.Text.Contains("00:00:40", StringComparison.Ordinal));
    }

    [Fact]
    public void A_clock_that_was_far_ahead_is_believed_when_it_is_put_right()
    {
        var clock = Clock();
        Tick(clock);
        _time.AdjustTime(_time.GetUtcNow().AddYears(3));
        Assert.True(Tick(clock).IsLatest);
        _time.AdjustTime(_time.Start.AddMinutes(1));
        Assert.True(Tick(clock).IsLatest);
        Assert.True(Tick(clock).IsLatest);
    }

    [Fact]
    public void However_the_clock_is_set_no_time_is_given_twice() => Gen.Int[-40, 40].Array[1, 100].Sample(steps =>
    {
        var time = new WatchedTime();
        var clock = new SampleClock(time, new SentLog().Of<SampleClock>());
        var given = new List<SampleTime>();
        foreach (var step in steps)
        {
            time.AdjustTime(time.GetUtcNow().AddSeconds(step * 10));
            given.Add(clock.Next());
            Assert.InRange((given[^1].At - time.GetUtcNow()).TotalMilliseconds, 0, given.Count);
        }

        Assert.Equal(given.Count, given.Select(sample => sample.At).Distinct().Count());
        var latest = given.Where(sample => sample.IsLatest).Select(sample => sample.At).ToArray();
        Assert.Equal(latest.Order(), latest);
    });

    public void Dispose() => _log.Dispose();

    private SampleClock Clock() => new(_time, _log.Of<SampleClock>());

    private SampleTime Tick(SampleClock clock)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return clock.Next();
    }
}
