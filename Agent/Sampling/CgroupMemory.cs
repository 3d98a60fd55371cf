namespace LaunchStack.Agent.Sampling;

/// <summary>What both versions of cgroups mean by memory.</summary>
internal static class CgroupMemory
{
    /// <summary>The page cache not touched lately is the kernel's to take back, so it is not counted (as docker and the kubelet do).</summary>
    public static long? WorkingSet(long? current, long? inactiveFile) =>
        current is { } used ? Math.Max(0, used - (inactiveFile ?? 0)) : null;

    /// <summary>"max" means that the machine's memory is the limit; so does a number beyond it.</summary>
    public static long? Limit(string? max, long? machineTotal)
    {
        var own = KernelFile.Number(max);
        return own is { } limit && (machineTotal is not { } total || limit < total) ? limit : machineTotal;
    }
}
