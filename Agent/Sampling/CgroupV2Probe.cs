namespace LaunchStack.Agent.Sampling;

/// <summary>
/// Reads a cgroup v2 directory
/// (<see href="https://docs.kernel.org/admin-guide/cgroup-v2.html">interface files</see>).
/// </summary>
internal sealed class CgroupV2Probe : IComputeProbe
{
    private readonly string _directory;
    private readonly ProcProbe _machine;

    private CgroupV2Probe(string directory, ProcProbe machine) => (_directory, _machine) = (directory, machine);

    public string Description => $"cgroup v2 at {_directory}";

    /// <summary>
    /// The cgroup of the container the agent runs in, or null where there is none. Inside a cgroup namespace the mount's root
    /// is the container's own group and has <c>memory.current</c>; the machine's true root group has not.
    /// </summary>
    public static IComputeProbe? Find(string root, ProcProbe machine) => In(Path.Combine(root, "sys/fs/cgroup"), machine);

    /// <summary>The group of a directory; null if it is none.</summary>
    public static IComputeProbe? In(string directory, ProcProbe machine) =>
        File.Exists(Path.Combine(directory, "memory.current")) && File.Exists(Path.Combine(directory, "cpu.stat"))
            ? new CgroupV2Probe(directory, machine)
            : null;

    public ComputeReading Read()
    {
        return new(
            KernelFile.Time(KernelFile.Value(Text("cpu.stat"), "usage_usec"), TimeSpan.TicksPerMicrosecond),
            CgroupMemory.WorkingSet(KernelFile.Number(Text("memory.current")), KernelFile.Value(Text("memory.stat"), "inactive_file")),
            CgroupMemory.Limit(Text("memory.max"), _machine.Read().MemoryLimit));
    }

    private string? Text(string file) => KernelFile.Read(Path.Combine(_directory, file));
}
