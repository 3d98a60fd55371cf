namespace LaunchStack.Migrator.Relations;

/// <summary>Whether a column of the target can hold what the original's may hold. Values travel as text.</summary>
internal enum ColumnFit
{
    /// <summary>Every value, and both sides write it alike.</summary>
    Same,

    /// <summary>What the target reads as its type: the target is asked.</summary>
    ByValue,

    /// <summary>Not without loss.</summary>
    Never,
}
