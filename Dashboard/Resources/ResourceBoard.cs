using System.Collections.Concurrent;

namespace LaunchStack.Dashboard.Resources;

/// <summary>The resources as last told, for all pages.</summary>
internal sealed class ResourceBoard
{
    private readonly ConcurrentDictionary<string, ResourceSnapshot> _resources = new(StringComparer.Ordinal);

    /// <summary>What went wrong with the AppHost, or null while it is connected.</summary>
    public string? Fault { get; set; }

    public IReadOnlyList<ResourceSnapshot> All => [.. _resources.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    public ResourceSnapshot? Find(string name) => _resources.GetValueOrDefault(name);

    /// <summary>Keeps the newer one: after a reconnect older versions may come again.</summary>
    public void Set(ResourceSnapshot resource) =>
        _resources.AddOrUpdate(resource.Name, resource, (_, known) => resource.Version < known.Version ? known : resource);

    public void Clear() => _resources.Clear();
}
