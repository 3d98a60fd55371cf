using System.Text.RegularExpressions;

namespace LaunchStack.Agent.Sampling.Network;

/// <summary>
/// The devices whose bytes are the machine's or the container's own, each byte once. /sys/class/net
/// (<see href="https://docs.kernel.org/admin-guide/abi-testing.html">sysfs-class-net</see>) tells what a device is made of; bridges,
/// VLANs, bonds and tunnels carry what a device beneath them counts too.
/// </summary>
/// <param name="root">Where /proc and /sys are.</param>
internal sealed partial class NetworkDevices(string root)
{
    // ARPHRD_ETHER, and the three of a Wi-Fi monitor, which sees again what its card has counted (linux/if_arp.h).
    private const long Ethernet = 1;
    private const long FirstMonitor = 801, LastMonitor = 803;

    // What a namespace is given as its link to the outside; the other end lies in another namespace.
    private static readonly HashSet<string?> Links = [null, "veth", "macvlan", "macvtap", "ipvlan", "ipvtap", "netkit"];

    private readonly string _class = Path.Combine(root, "sys/class/net");

    /// <summary>Null where devices cannot be read.</summary>
    public IReadOnlyList<NetworkDevice>? Read()
    {
        if (ProcNetDev.Parse(KernelFile.Read(Path.Combine(root, "proc/net/dev"))) is not { } all)
            return null;

        var names = all.Select(device => device.Name).Where(name => !name.Contains('/', StringComparison.Ordinal)).ToArray();
        var chosen = Choose(names).ToHashSet();
        return all.Where(device => chosen.Contains(device.Name))
            .Select(device => new NetworkDevice(device.Name, Number(device.Name, "ifindex") ?? 0, device.In, device.Out))
            .ToArray();
    }

    /// <summary>The hardware; in a container, which has none, its link to the outside; without that a user-mode tunnel (rootless Podman).</summary>
    private IEnumerable<string> Choose(string[] names)
    {
        var physical = names.Where(IsPhysical).ToArray();
        if (physical.Length > 0)
            return physical;

        var links = names.Where(name => IsLink(name, names)).ToArray();
        // Of several, those on a bridge lead to containers within this one.
        var own = links.Where(name => !Has(name, "brport")).ToArray();
        if (links.Length > 0)
            return own.Length > 0 ? own : links;

        var tunnels = names.Where(name => Has(name, "tun_flags")).ToArray();
        return tunnels.Length > 0 ? tunnels : names.Where(IsNamedAsHardware);
    }

    private bool IsPhysical(string name)
    {
        // /sys of another namespace (unshare -n without a mount of its own): the name is all there is.
        if (!Has(name, ""))
            return IsNamedAsHardware(name);
        return Has(name, "device")
            && Number(name, "type") is not (>= FirstMonitor and <= LastMonitor)
            // A switch's ports (DSA) are counted by the device that leads to the switch, a virtual function's representor by its uplink.
            && Kind(name) != "dsa"
            && !Representor().IsMatch(KernelFile.Read(PathOf(name, "phys_port_name")) ?? "")
            // Below another piece of hardware (Azure's VF below its synthetic device) it is counted by that one.
            && !(Master(name) is { } master && Has(master, "device"));
    }

    /// <summary>Whether its other end lies in another namespace, and nothing of this one below it.</summary>
    private bool IsLink(string name, string[] names) =>
        Number(name, "iflink") is > 0 and var link
        && Number(name, "ifindex") is { } index && link != index
        && Number(name, "type") == Ethernet
        && Links.Contains(Kind(name))
        && !HasLower(name)
        && !names.Any(other => Number(other, "ifindex") == link && Number(other, "iflink") == index);

    private bool HasLower(string name)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(PathOf(name, ""), "lower_*").Any();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string? Kind(string name) =>
        KernelFile.Read(PathOf(name, "uevent"))?.Split('\n').FirstOrDefault(line => line.StartsWith("DEVTYPE=", StringComparison.Ordinal))?["DEVTYPE=".Length..];

    private string? Master(string name)
    {
        try
        {
            return Path.GetFileName(new FileInfo(PathOf(name, "master")).LinkTarget);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool Has(string name, string file) => Path.Exists(PathOf(name, file));

    private long? Number(string name, string file) => KernelFile.Number(KernelFile.Read(PathOf(name, file)));

    private string PathOf(string name, string file) => Path.Combine(_class, name, file);

    private static bool IsNamedAsHardware(string name) => HardwareName().IsMatch(name);

    /// <summary>The kernel's and systemd's names of Ethernet, Wi-Fi and mobile devices; without a dot, which VLANs have.</summary>
    [GeneratedRegex("^(eth[0-9]+|(en|wl|ww)[a-z0-9]+|wlan[0-9]+)$")]
    private static partial Regex HardwareName();

    [GeneratedRegex("pf[0-9]+(vf|sf)[0-9]+")]
    private static partial Regex Representor();
}
