using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling;

public class MachineSourceTests
{
    [Fact]
    public void This_very_machine_has_figures_that_can_be()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        var time = new WatchedTime();
        var source = new MachineSource(Guid.NewGuid(), "here", new ProcProbe("/"), "/", "/", time);

        Assert.Null(source.Take(time.GetUtcNow()).CpuUsage);
        time.Advance(TimeSpan.FromHours(1));
        var sample = source.Take(time.GetUtcNow());

        Assert.InRange(sample.CpuUsage!.Value, 0, 100.0 * Environment.ProcessorCount);
        Assert.InRange(sample.MemoryUsage!.Value, 1 << 20, sample.MemoryLimit!.Value);
        Assert.True(sample.DiskUsage > 0);
    }
}
