namespace LaunchStack.Migrator.Relations;

/// <summary>A row of the original's users, instances or payments, as the target would hold it.</summary>
internal sealed record RelationRow
{
    /// <summary>Null where it has none.</summary>
    public Guid? Id { get; init; }

    /// <summary>Over every column, as the text that the target has for it.</summary>
    public Guid Hash { get; init; }

    /// <summary>The row of another relation that it names.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Why the target cannot hold it, whatever else it holds; null when it can.</summary>
    public string? Fault { get; init; }

    /// <summary>For each unique index that the original does not vouch for: the value, hashed; null for none.</summary>
    public Guid?[] Keys { get; init; } = [];

    /// <summary>Texts of the columns that were asked for, in UTF-8: half as large, and the wire's.</summary>
    public byte[]?[] Values { get; init; } = [];

    /// <summary>The hash of the whole row as JSON, which brings it back for quarantine; only where all columns were asked for.</summary>
    public Guid Whole { get; init; }
}
