namespace LaunchStack.Agent.Sampling;

/// <summary>Bytes received and sent since start, from /proc/net/dev: the network namespace the agent runs in.</summary>
internal static class NetworkCounters
{
    // Loopback is no traffic; the others carry bytes that a device of their own counts again (bridges, container ends, shapers).
    private static readonly string[] _leftOut = ["docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "ifb", "bond", "dummy"];

    public static (long In, long Out)? Read(string root) => Parse(KernelFile.Read(Path.Combine(root, "proc/net/dev")));

    internal static (long In, long Out)? Parse(string? text)
    {
        if (text is null)
            return null;

        long received = 0, sent = 0;
        var any = false;
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || IsLeftOut(line[..colon].Trim()))
                continue;

            // Eight columns of receiving, then eight of sending; bytes come first in both.
            var columns = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 9 || KernelFile.Number(columns[0]) is not { } rx || KernelFile.Number(columns[8]) is not { } tx)
                continue;
            received += rx;
            sent += tx;
            any = true;
        }

        return any ? (received, sent) : null;
    }

    private static bool IsLeftOut(string device) =>
        device == "lo" || _leftOut.Any(prefix => device.StartsWith(prefix, StringComparison.Ordinal));
}
