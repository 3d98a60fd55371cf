using System.Collections.Concurrent;
using LaunchStack.Usage.Instances;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Instances without a database: those by name are told, those by id exist unless told otherwise.</summary>
internal sealed class KnownInstances : IInstanceStore
{
    public Dictionary<string, Guid> Names { get; } = [];

    public ConcurrentBag<Guid> Unknown { get; } = [];

    public Task<IReadOnlyDictionary<Guid, InstanceState>> FindAsync(IReadOnlySet<InstanceSighting> sightings) =>
        Task.FromResult<IReadOnlyDictionary<Guid, InstanceState>>(
            sightings.Select(s => s.Id).Distinct().Except(Unknown).ToDictionary(id => id, _ => default(InstanceState)));

    public Task<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> FindAsync(IReadOnlySet<InstanceName> names) =>
        Task.FromResult<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>>(
            names.Where(n => Names.ContainsKey(n.Name)).ToDictionary(n => n, n => (IReadOnlySet<Guid>)new HashSet<Guid> { Names[n.Name] }));

    public Task<IReadOnlyDictionary<Guid, string>> RegisterAsync(IReadOnlySet<NewInstance> instances) =>
        Task.FromResult<IReadOnlyDictionary<Guid, string>>(new Dictionary<Guid, string>());

    public Task<(Instance Instance, bool IsNew)> PutAsync(NewInstance instance, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
