using System.Text.RegularExpressions;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What is left of the ways in which agents write a container's name.</summary>
internal static partial class ContainerName
{
    /// <summary>
    /// The container within a cgroup (<c>/system.slice/docker-….scope</c>, <c>/kubepods/pod1/…</c>, <c>kubepods.slice:cri-containerd:…</c>), or behind the
    /// slash that Docker's API puts before a name; any other label is a name as it stands.
    /// </summary>
    public static string Of(string label) => Known().Match(label) is { Success: true } match ? match.Groups["name"].Value : label;

    // An id at the end of a path or behind its runtime; whatever a cgroup of a known parent is called; a name of Docker's API. The process that
    // watches a container (libpod-conmon-….scope) is none of it.
    [GeneratedRegex(
        """
        ^(?: (?:(?:/|[^/]+\.slice/)(?:[^/]+/)*)? (?:[^/:]+\.slice:[^/:]+:|(?:docker|libpod|crio|cri-containerd|containerd|nerdctl|podman)-)? (?<name>[0-9a-f]{64}) (?:\.scope)?
           | /(?:sys/fs/cgroup|[^/]+\.slice|docker|lxc|libpod_parent|kubepods[^/]*)/ (?:[^/]+/)* (?<name>[^/]+?) (?:\.scope)?
           | /(?<name>[^/]+)
         ) /*\z
        """,
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Known();
}
