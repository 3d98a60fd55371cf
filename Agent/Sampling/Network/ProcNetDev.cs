namespace LaunchStack.Agent.Sampling.Network;

/// <summary>
/// Reads /proc/net/dev: all devices of the network namespace the agent runs in, which /sys need not show
/// (<see href="https://man7.org/linux/man-pages/man5/proc_pid_net.5.html">proc_pid_net(5)</see>).
/// </summary>
internal static class ProcNetDev
{
    /// <summary>Null where there is no such file.</summary>
    public static IReadOnlyList<(string Name, long In, long Out)>? Parse(string? text)
    {
        if (text is null)
            return null;

        var devices = new List<(string Name, long In, long Out)>();
        foreach (var line in text.Split('\n'))
        {
            var colon = line.LastIndexOf(':');
            if (colon < 0)
                continue;

            // Eight columns of receiving, then eight of sending; bytes come first in both.
            var columns = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length >= 9 && KernelFile.Number(columns[0]) is { } received && KernelFile.Number(columns[8]) is { } sent)
                devices.Add((line[..colon].Trim(), received, sent));
        }

        return devices;
    }
}
