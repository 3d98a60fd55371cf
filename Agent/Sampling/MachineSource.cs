using LaunchStack.Agent.Sampling.Network;
using LaunchStack.Agent.State;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Sampling;

/// <summary>The machine or container the agent runs in.</summary>
internal sealed class MachineSource(Guid id, string name, IComputeProbe compute, NetworkMeter network, string diskPath, TimeProvider time) : IUsageSource
{
    private readonly CpuMeter _cpu = new(time);

    public Guid InstanceId => id;

    public string Name => name;

    public bool IsSimulated => false;

    /// <summary>What is read, for the log.</summary>
    public string Description => compute.Description;

    public UsageSample Take(SampleTime now)
    {
        var reading = compute.Read();
        // A counter among later times that tell less would be taken for a restart, and what it had counted for new traffic.
        var counters = network.Read() is { } read && now.IsLatest ? read : ((long In, long Out)?)null;
        return new(id, now.At, new()
        {
            CpuUsage = _cpu.Percent(reading.CpuTime),
            MemoryUsage = reading.MemoryUsage,
            MemoryLimit = reading.MemoryLimit,
            DiskUsage = DiskSpace.Used(diskPath),
            NetworkIn = counters?.In,
            NetworkOut = counters?.Out,
        });
    }
}
