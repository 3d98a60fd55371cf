namespace LaunchStack.Agent.Sampling;

/// <summary>
/// Reads the memory and cpuacct groups of cgroup v1
/// (<see href="https://docs.kernel.org/admin-guide/cgroup-v1/memory.html">memory</see>,
/// <see href="https://docs.kernel.org/admin-guide/cgroup-v1/cpuacct.html">cpuacct</see>).
/// </summary>
internal sealed class CgroupV1Probe : IComputeProbe
{
    // The controller may be mounted with others, in either order, and the name alone may be a link to that.
    private static readonly string[] CpuControllers = ["cpuacct", "cpu,cpuacct", "cpuacct,cpu"];

    private readonly string _memory, _cpu;
    private readonly ProcProbe _machine;

    private CgroupV1Probe(string memory, string cpu, ProcProbe machine) => (_memory, _cpu, _machine) = (memory, cpu, machine);

    public string Description => $"cgroup v1 at {_memory} and {_cpu}";

    /// <summary>
    /// The groups of the container the agent runs in, or null where there is none. In a container the mount's root is its own
    /// group; only the machine's true root group has a <c>release_agent</c>.
    /// </summary>
    public static IComputeProbe? Find(string root, ProcProbe machine)
    {
        var memory = Path.Combine(root, "sys/fs/cgroup/memory");
        return File.Exists(Path.Combine(memory, "release_agent")) ? null : In(memory, machine);
    }

    /// <summary>The groups of the memory controller's directory and of its like under cpuacct; null if it is none.</summary>
    public static IComputeProbe? In(string directory, ProcProbe machine)
    {
        const string controller = "/memory";
        var at = (directory + "/").LastIndexOf(controller + "/", StringComparison.Ordinal);
        if (at < 0 || !File.Exists(Path.Combine(directory, "memory.usage_in_bytes")))
            return null;

        var cpu = CpuControllers.Select(name => $"{directory[..at]}/{name}{directory[(at + controller.Length)..]}")
            .FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, "cpuacct.usage")));
        return cpu is null ? null : new CgroupV1Probe(directory, cpu, machine);
    }

    public ComputeReading Read()
    {
        return new(
            KernelFile.Time(KernelFile.Number(KernelFile.Read(Path.Combine(_cpu, "cpuacct.usage"))) / TimeSpan.NanosecondsPerTick, ticks: 1),
            CgroupMemory.WorkingSet(KernelFile.Number(Memory("memory.usage_in_bytes")), KernelFile.Value(Memory("memory.stat"), "total_inactive_file")),
            CgroupMemory.Limit(Memory("memory.limit_in_bytes"), _machine.Read().MemoryLimit));
    }

    private string? Memory(string file) => KernelFile.Read(Path.Combine(_memory, file));
}
