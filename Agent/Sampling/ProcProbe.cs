using System.Globalization;

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
        var total = KernelFile.Value(memory, "MemTotal") * 1024;
        var available = KernelFile.Value(memory, "MemAvailable") * 1024;
        return new(CpuTime(KernelFile.Read(Path.Combine(root, "proc/stat"))), total - available, total);
    }

    /// <summary>
    /// Busy time of all cores from the first line of /proc/stat: user, nice, system, irq and softirq. Not idle, iowait or
    /// steal; guest time is within user already.
    /// </summary>
    internal static TimeSpan? CpuTime(string? stat)
    {
        var line = stat?.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line is not ["cpu", ..] || line.Length < 8)
            return null;

        long busy = 0;
        foreach (var column in (ReadOnlySpan<int>)[1, 2, 3, 6, 7])
        {
            if (!long.TryParse(line[column], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
                return null;
            busy += ticks;
        }

        return TimeSpan.FromTicks(busy * (TimeSpan.TicksPerSecond / TicksPerSecond));
    }
}
