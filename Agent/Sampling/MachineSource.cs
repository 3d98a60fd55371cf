using LaunchStack.Agent.State;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Sampling;

/// <summary>The machine or container the agent runs in.</summary>
/// <param name="root">Where /proc and /sys are: <c>/</c>, or a directory with copies of them.</param>
internal sealed class MachineSource(Guid id, string name, IComputeProbe compute, string root, string diskPath, TimeProvider time) : IUsageSource
{
    private readonly CpuMeter _cpu = new(time);

    public Guid InstanceId => id;

    public string Name => name;

    public bool IsSimulated => false;

    /// <summary>What is read, for the log.</summary>
    public string Description => compute.Description;

    public UsageSample Take(DateTimeOffset now)
    {
        var reading = compute.Read();
        var network = NetworkCounters.Read(root);
        return new(
            id,
            now,
            _cpu.Percent(reading.CpuTime),
            reading.MemoryUsage,
            reading.MemoryLimit,
            DiskSpace.Used(diskPath),
            network?.In,
            network?.Out);
    }
}
