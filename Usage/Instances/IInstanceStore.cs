namespace LaunchStack.Usage.Instances;

/// <summary>The table of instances, as the registry asks it.</summary>
public interface IInstanceStore
{
    /// <summary>Looks instances up by id, and notes that they were heard of.</summary>
    /// <returns>Those that exist, deleted ones too.</returns>
    Task<IReadOnlyDictionary<Guid, InstanceState>> FindAsync(IReadOnlySet<InstanceSighting> sightings);

    /// <summary>Looks instances up by what clients call them.</summary>
    /// <returns>All that bear each name; a name that none bears is absent.</returns>
    Task<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> FindAsync(IReadOnlySet<InstanceName> names);

    /// <summary>Registers those that are not there yet.</summary>
    /// <returns>Why the database refuses an instance, by id.</returns>
    Task<IReadOnlyDictionary<Guid, string>> RegisterAsync(IReadOnlySet<NewInstance> instances);

    /// <summary>Registers an instance, or changes its name and user; a deleted one comes back.</summary>
    /// <returns>The instance as it stands, and whether it is new.</returns>
    Task<(Instance Instance, bool IsNew)> PutAsync(NewInstance instance, CancellationToken cancellationToken);
}
