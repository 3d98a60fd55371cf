using LaunchStack.Ingest.Api.Instances;
using LaunchStack.Usage.Instances;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Finds the instance that a client calls by a name: by <c>instances.name</c>, by its container's id.</summary>
internal sealed class InstanceNames(InstanceRegistry registry, IOptions<MappingOptions> options, TimeProvider time)
{
    /// <summary>
    /// Gives every reference its id, or the reason why there is none. A name that nobody has registered gets the id that it is to have,
    /// where the request may register it.
    /// </summary>
    /// <param name="owner">Whose instances they may be.</param>
    /// <param name="registers">Whether the request may register instances.</param>
    /// <param name="references">The references of one request, each once.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>The names still to be registered, by id.</returns>
    public async ValueTask<IReadOnlyDictionary<Guid, string>> ResolveAsync(
        SeriesOwner owner, bool registers, IReadOnlyCollection<InstanceReference> references, CancellationToken cancellationToken)
    {
        var unregistered = new Dictionary<Guid, string>();
        var now = time.GetTimestamp();
        var lifetime = (long)(options.Value.NameLifetime.TotalSeconds * time.TimestampFrequency);
        var lastPut = registry.LastPut;
        // Who registers or renames an instance here does not wait for it.
        var due = references.Where(reference => reference.ValidUntil < now || reference.ValidUntil - lifetime <= lastPut).ToList();
        if (due.Count == 0)
            return unregistered;

        InstanceRegistry.RequireFew(due.Count);
        var names = due.Select(reference => new InstanceName(owner.User, ContainerName.Of(reference.Name))).ToArray();
        var whole = due.Select(reference => new InstanceName(owner.User, reference.Name)).ToArray();
        var found = await registry.FindAsync([.. names.Concat(whole).Where(name => NameText.IsValid(name.Name)).Distinct()], cancellationToken);
        var validUntil = now + lifetime;
        for (var i = 0; i < due.Count; i++)
        {
            if (Of(owner, found.GetValueOrDefault(whole[i]) ?? found.GetValueOrDefault(names[i])) is { Count: > 0 } ids)
            {
                var id = OnlyOne(owner, ids, due[i], names[i].Name);
                due[i].Resolve(id, id is null ? UnmappedReason.AmbiguousInstance : null, validUntil);
            }
            else if (registers && NameText.IsValid(names[i].Name))
                Promise(due[i], names[i].Name);
            else
                due[i].Resolve(null, UnmappedReason.UnknownInstance, validUntil);
        }
        return unregistered;

        // The id follows from the name: replicas that register it at the same time register the same. Looked up again by the next
        // request, which finds it if this one was let register it.
        void Promise(InstanceReference reference, string name)
        {
            var id = NameBasedGuid.Create(owner.User ?? NameBasedGuid.Instances, name);
            unregistered[id] = name;
            reference.Resolve(id, null, validUntil: long.MinValue);
        }
    }

    // A key that registers instances takes any name. It must not take one away from the instance that the platform calls by it: what was put
    // there by the platform comes first, then what the name has led to until now.
    private static Guid? OnlyOne(SeriesOwner owner, List<Guid> ids, InstanceReference reference, string name)
    {
        if (ids.Count > 1 && owner.User is null)
        {
            var own = NameBasedGuid.Create(NameBasedGuid.Instances, name);
            var put = ids.FindAll(id => id.Version != NameBasedGuid.Version || id == own);
            ids = put.Count > 0 ? put : ids;
        }
        if (ids.Count == 1)
            return ids[0];
        return reference.Id is { } known && ids.Contains(known) ? known : null;
    }

    // A key of one instance finds no other.
    private static List<Guid> Of(SeriesOwner owner, IReadOnlySet<Guid>? ids) =>
        [.. (ids ?? new HashSet<Guid>()).Where(id => owner.Instance is null || owner.Instance == id)];
}
