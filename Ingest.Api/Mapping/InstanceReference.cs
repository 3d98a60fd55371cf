namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>An instance as a client names it: by its id, or by a name that has to be looked up.</summary>
internal sealed class InstanceReference(string name, Guid? id)
{
    private readonly Lock _gate = new();
    private volatile Resolution _resolution = new(id, id, id is null ? 0 : 1, null, id is null ? long.MinValue : long.MaxValue);

    /// <summary>The label's value.</summary>
    public string Name { get; } = name;

    /// <summary>The instance; null until the name has been looked up.</summary>
    public Guid? Id => _resolution.Id;

    /// <summary>Counts the instances that it has led to, one after the other; 0 before the first.</summary>
    public int Turn => _resolution.Turn;

    /// <summary>The instance that it leads to, or led to last, and its <see cref="Turn"/>.</summary>
    public (Guid Instance, int Turn) Target
    {
        get
        {
            var resolution = _resolution;
            return (resolution.Last.GetValueOrDefault(), resolution.Turn);
        }
    }

    /// <summary>Why the name leads to no instance.</summary>
    public UnmappedReason? Reason => _resolution.Reason;

    /// <summary>Until when the answer may be used, a timestamp of the time provider; an id in the label holds for ever.</summary>
    public long ValidUntil => _resolution.ValidUntil;

    public void Resolve(Guid? id, UnmappedReason? reason, long validUntil)
    {
        // Two at once must not give one turn to two instances.
        lock (_gate)
        {
            var (last, turn) = (_resolution.Last, _resolution.Turn);
            _resolution = new(id, id ?? last, id is null || id == last ? turn : turn + 1, reason, validUntil);
        }
    }

    // Requests read it while another one changes it.
    private sealed record Resolution(Guid? Id, Guid? Last, int Turn, UnmappedReason? Reason, long ValidUntil);
}
