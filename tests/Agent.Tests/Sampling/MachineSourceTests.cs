using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Sampling.Network;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling;

public sealed class MachineSourceTests : IDisposable
{
    private readonly TemporaryDirectory _state = new();
    private readonly FakeMachine _machine = new();
    private readonly WatchedTime _time = new();
    private readonly SentLog _log = new();

    [Fact]
    public void This_very_machine_has_figures_that_can_be()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        var source = Source("/");

        Assert.Null(source.Take(Now()).Values.CpuUsage);
        _time.Advance(TimeSpan.FromHours(1));
        var sample = source.Take(Now());

        Assert.InRange(sample.Values.CpuUsage!.Value, 0, 100.0 * Environment.ProcessorCount);
        Assert.InRange(sample.Values.MemoryUsage!.Value, 1 << 20, sample.Values.MemoryLimit!.Value);
        Assert.True(sample.Values.DiskUsage > 0);
    }

    [Fact]
    public void In_the_order_of_their_times_the_counters_fall_at_none_however_the_clock_is_set()
    {
        var (source, clock) = (Source(_machine.Root), new SampleClock(_time, _log.Of<SampleClock>()));
        _machine.Device("eth0", files: [FakeMachine.PhysicalDevice]);
        var samples = new List<(DateTimeOffset At, long? In)>();
        foreach (var minutes in new[] { 0, 0, 3, 0, -3, 0, 0, -60, 0, 60, 0, 5 })
        {
            _time.AdjustTime(_time.GetUtcNow().AddMinutes(minutes));
            _time.Advance(TimeSpan.FromSeconds(10));
            _machine.Count("eth0", 1000 * (samples.Count + 1), 0);
            var sample = source.Take(clock.Next());
            samples.Add((sample.Timestamp, sample.Values.NetworkIn));
        }

        var counted = samples.Where(sample => sample.In is not null).OrderBy(sample => sample.At).Select(sample => sample.In!.Value).ToArray();
        Assert.Equal(counted.Order(), counted);
        Assert.Equal(12_000, counted[^1]);
        Assert.Equal(12, samples.Select(sample => sample.At).Distinct().Count());
    }

    public void Dispose()
    {
        _state.Dispose();
        _machine.Dispose();
    }

    private SampleTime Now() => new(_time.GetUtcNow(), IsLatest: true);

    private MachineSource Source(string root) => new(
        Guid.NewGuid(), "here", new ProcProbe(root), new NetworkMeter(root, _state.File("network"), fsync: false, _log), "/", _time);
}
