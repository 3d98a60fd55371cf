namespace LaunchStack.Agent.Sampling;

/// <summary>
/// Reads a cgroup v2 directory
/// (<see href="https://docs.kernel.org/admin-guide/cgroup-v2.html">interface files</see>).
/// </summary>
internal sealed class CgroupProbe(string directory, ProcProbe machine) : IComputeProbe
{
    public string Description => $"cgroup v2 at {directory}";

    /// <summary>
    /// The cgroup of the container the agent runs in, or null where there is none. Inside a cgroup namespace the mount's root
    /// is the container's own group and has <c>memory.current</c>; the machine's true root group has not.
    /// </summary>
    public static CgroupProbe? Find(string root, ProcProbe machine)
    {
        var mount = Path.Combine(root, "sys/fs/cgroup");
        return IsUsable(mount) ? new(mount, machine) : null;
    }

    public static bool IsUsable(string directory) =>
        File.Exists(Path.Combine(directory, "memory.current")) && File.Exists(Path.Combine(directory, "cpu.stat"));

    public ComputeReading Read()
    {
        var microseconds = KernelFile.Value(Text("cpu.stat"), "usage_usec");
        return new(
            microseconds is { } used ? TimeSpan.FromMicroseconds(used) : null,
            WorkingSet(KernelFile.Number(Text("memory.current")), KernelFile.Value(Text("memory.stat"), "inactive_file")),
            Limit(Text("memory.max"), machine.Read().MemoryLimit));
    }

    /// <summary>The page cache not touched lately is the kernel's to take back, so it is not counted (as docker and the kubelet do).</summary>
    internal static long? WorkingSet(long? current, long? inactiveFile) =>
        current is { } used ? Math.Max(0, used - (inactiveFile ?? 0)) : null;

    /// <summary>"max" means that the machine's memory is the limit; so does a number beyond it.</summary>
    internal static long? Limit(string? max, long? machineTotal)
    {
        var own = KernelFile.Number(max);
        return own is { } limit && (machineTotal is not { } total || limit < total) ? limit : machineTotal;
    }

    private string? Text(string file) => KernelFile.Read(Path.Combine(directory, file));
}
