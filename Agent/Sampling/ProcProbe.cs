namespace LaunchStack.Agent.Sampling;

/// <summary>Reads the whole machine from /proc (<see href="https://man7.org/linux/man-pages/man5/proc_stat.5.html">proc_stat(5)</see>).</summary>
internal sealed class ProcProbe(string root) : IComputeProbe
{
    // USER_HZ: what /proc counts in, 100 on every architecture .NET runs on.
    private const long TicksPerSecond = 100;

    public string Description => $"the machine's {Path.Combine(root, "proc")}";

    public ComputeReading Read()
    {
        var memory = KernelFile.Read(Path.Combine(root, "proc/meminfo"));
        var total = Bytes(KernelFile.Value(memory, "MemTotal"));
        var available = Bytes(KernelFile.Value(memory, "MemAvailable"));
        return new(CpuTime(KernelFile.Read(Path.Combine(root, "proc/stat"))), total - available, total);
    }

    private static long? Bytes(long? kibibytes) => kibibytes <= long.MaxValue >> 10 ? kibibytes << 10 : null;

    /// <summary>
    /// Busy time of all cores from the first line of /proc/stat: user, nice, system, irq and softirq. Not idle, iowait or
    /// steal; guest time is within user already.
    /// </summary>
    internal static TimeSpan? CpuTime(string? stat)
    {
        var line = stat?.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line is not ["cpu", ..] || line.Length < 8)
            return null;

        var busy = Int128.Zero;
        foreach (var column in (ReadOnlySpan<int>)[1, 2, 3, 6, 7])
        {
            if (KernelFile.Number(line[column]) is not { } ticks)
                return null;
            busy += ticks;
        }

        return busy <= long.MaxValue ? KernelFile.Time((long)busy, TimeSpan.TicksPerSecond / TicksPerSecond) : null;
    }
}
