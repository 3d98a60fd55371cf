namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What is left of the ways in which agents write a container's name.</summary>
internal static class ContainerName
{
    /// <summary>
    /// The last segment of a path (<c>/n8n-1</c>, <c>/sys/fs/cgroup/docker/4f0c…</c>), without systemd's
    /// <c>docker-</c> and <c>.scope</c>.
    /// </summary>
    public static string Of(string label)
    {
        var name = label.AsSpan().TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        if (name.EndsWith(".scope"))
            name = name[..^".scope".Length];
        if (name.StartsWith("docker-") && name.Length == "docker-".Length + 64)
            name = name["docker-".Length..];
        return name.Length == 0 ? label : name.ToString();
    }
}
