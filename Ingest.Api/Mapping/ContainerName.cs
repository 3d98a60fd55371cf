using System.Buffers;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What is left of the ways in which agents write a container's name.</summary>
internal static class ContainerName
{
    private const int IdLength = 64;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>
    /// The last segment of a path (<c>/n8n-1</c>, <c>/sys/fs/cgroup/docker/4f0c…</c>), without what systemd and the runtimes put around
    /// an id: <c>docker-….scope</c>, <c>libpod-…</c>, <c>crio-…</c>, <c>cri-containerd-…</c>, <c>kubepods.slice:cri-containerd:…</c>.
    /// </summary>
    public static string Of(string label)
    {
        var name = label.AsSpan().TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        if (name.EndsWith(".scope"))
            name = name[..^".scope".Length];
        if (name.Length > IdLength && name[^(IdLength + 1)] is '-' or ':' && IsId(name[^IdLength..]) && !IsMonitor(name[..^IdLength]))
            name = name[^IdLength..];
        return name.Length == 0 ? label : name.ToString();
    }

    private static bool IsId(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(Digits) < 0;

    // The process that watches a container is none of it: libpod-conmon-….scope, crio-conmon-….scope.
    private static bool IsMonitor(ReadOnlySpan<char> prefix) => prefix.EndsWith("conmon-");
}
