using System.Text.RegularExpressions;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What is left of the ways in which agents write a container's name.</summary>
internal static partial class ContainerName
{
    /// <summary>
    /// The container within a cgroup (<c>/system.slice/docker-….scope</c>, <c>/kubepods/pod1/…</c>, <c>kubepods.slice:cri-containerd:…</c>), or behind the
    /// slash that Docker's API puts before a name; any other label is a name as it stands.
    /// </summary>
    public static string Of(string label)
    {
        if (Known().Match(label) is not { Success: true } match)
            return label;
        return match.Groups["machine"] is { Success: true } machine
            ? Escape().Replace(machine.Value, code => ((char)Convert.ToByte(code.Groups["code"].Value, 16)).ToString())
            : match.Groups["name"].Value;
    }

    // An id at the end of a path or behind its runtime; a machine of systemd-machined (systemd-nspawn, libvirt), whose name is escaped; LXC's; a
    // task of Fargate; whatever a cgroup of a known parent is called; a name of Docker's API. The process that watches a container
    // (libpod-conmon-….scope, lxc.monitor.…) is none of it.
    [GeneratedRegex(
        """
        ^(?: (?:(?:/|[^/]+\.slice/)(?:[^/]+/)*)? (?:[^/:]+\.slice:[^/:]+:|(?:docker|libpod|libpod-payload|crio|cri-containerd|containerd|nerdctl|podman)-)? (?<name>[0-9a-f]{64}) (?:\.scope)?
           | (?:/|[^/]+\.slice/)(?:[^/]+/)* machine-(?<machine>[^/]+)\.scope
           | (?:/sys/fs/cgroup)?/lxc\.payload\.(?<name>[^/]+)
           | (?:/sys/fs/cgroup)?/ecs/[0-9a-f]{32}/(?<name>[0-9a-f]{32}-[0-9]+)
           | /(?:sys/fs/cgroup|[^/]+\.slice|docker|lxc|libpod_parent|kubepods[^/]*)/ (?:[^/]+/)* (?<name>[^/]+?) (?:\.scope)?
           | /(?<name>[^/]+)
         ) /*\z
        """,
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Known();

    [GeneratedRegex(@"\\x(?<code>[0-9a-f]{2})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Escape();
}
