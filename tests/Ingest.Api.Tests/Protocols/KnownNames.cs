using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Instances by name, without a database.</summary>
internal sealed class KnownNames : IInstanceNames
{
    public Dictionary<string, Guid> Names { get; } = [];

    public ValueTask<IReadOnlyDictionary<Guid, string>> ResolveAsync(
        SeriesOwner owner, IReadOnlyCollection<InstanceReference> references, CancellationToken cancellationToken)
    {
        foreach (var reference in references.Where(reference => reference.Id is null))
        {
            var id = Names.TryGetValue(ContainerName.Of(reference.Name), out var known) ? known : (Guid?)null;
            reference.Resolve(id, id is null ? UnmappedReason.UnknownInstance : null, long.MaxValue);
        }

        return ValueTask.FromResult<IReadOnlyDictionary<Guid, string>>(new Dictionary<Guid, string>());
    }
}
