namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The series that add up to one column of one instance: network interfaces, cores, file systems.</summary>
internal sealed class SumGroup(int id, InstanceReference instance, UsageColumn column, int rules)
{
    private readonly Lock _gate = new();
    private Series[] _members = [];

    /// <summary>Orders a request's values by group.</summary>
    public int Id { get; } = id;

    public InstanceReference Instance { get; } = instance;

    public UsageColumn Column { get; } = column;

    /// <summary>How many rules share the group; with more than one, each must contribute as many series as the others.</summary>
    public int Rules { get; } = rules;

    public Series[] Members => Volatile.Read(ref _members);

    public void Add(Series series)
    {
        lock (_gate)
            Volatile.Write(ref _members, [.. _members, series]);
    }

    public void Remove(Series series)
    {
        lock (_gate)
            Volatile.Write(ref _members, Array.FindAll(_members, member => member != series));
    }
}
