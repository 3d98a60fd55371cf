namespace LaunchStack.Storage.Writing;

/// <summary>What a sample does whose (instance, timestamp) is there already.</summary>
public enum UsageConflict
{
    /// <summary>Nothing: it is counted as a duplicate. For whole samples (<c>POST /v1/usage</c>).</summary>
    Skip,

    /// <summary>
    /// It fills the columns that are still null; a duplicate is what fills none.
    /// For protocols that send the columns of one instant in several series.
    /// </summary>
    Merge,
}
