namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>An instance as a client names it: by its id, or by a name that has to be looked up.</summary>
internal sealed class InstanceReference(string name, Guid? id)
{
    private volatile Resolution _resolution = new(id, null, id is null ? long.MinValue : long.MaxValue);

    /// <summary>The label's value.</summary>
    public string Name { get; } = name;

    /// <summary>The instance; null until the name has been looked up.</summary>
    public Guid? Id => _resolution.Id;

    /// <summary>Why the name leads to no instance.</summary>
    public UnmappedReason? Reason => _resolution.Reason;

    /// <summary>Until when the answer may be used, a timestamp of the time provider; an id in the label holds for ever.</summary>
    public long ValidUntil => _resolution.ValidUntil;

    public void Resolve(Guid? id, UnmappedReason? reason, long validUntil) => _resolution = new(id, reason, validUntil);

    // Requests read it while another one changes it.
    private sealed record Resolution(Guid? Id, UnmappedReason? Reason, long ValidUntil);
}
