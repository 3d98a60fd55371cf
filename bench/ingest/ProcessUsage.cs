using System.Diagnostics;
using System.Globalization;

namespace LaunchStack.Ingest.Bench;

/// <summary>CPU time and peak memory from /proc; zero where there is none.</summary>
internal static class ProcessUsage
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed in Linux's ABI

    public static double CpuSeconds(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>A server's main process with its children that are alive, and those it has reaped.</summary>
    public static double CpuSecondsOfFamily(int parent)
    {
        if (parent == 0)
            return 0;
        var total = CpuSeconds(parent);
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (Parent(process.Id) == parent)
                    total += CpuSeconds(process.Id);
            }
        }
        return total;
    }

    public static int Parent(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public static double PeakMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
