namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>An instance as a client names it: by its id, or by a name that has to be looked up.</summary>
internal sealed class InstanceReference(string name, Guid? id)
{
    /// <summary>The label's value.</summary>
    public string Name { get; } = name;

    /// <summary>The instance; null until the name has been looked up.</summary>
    public Guid? Id { get; private set; } = id;

    /// <summary>Why the name leads to no instance.</summary>
    public UnmappedReason? Reason { get; private set; }

    /// <summary>Until when the answer may be used, a timestamp of the time provider; an id in the label holds for ever.</summary>
    public long ValidUntil { get; private set; } = id is null ? long.MinValue : long.MaxValue;

    public void Resolve(Guid? id, UnmappedReason? reason, long validUntil)
    {
        Id = id;
        Reason = reason;
        ValidUntil = validUntil;
    }
}
