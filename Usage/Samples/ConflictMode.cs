namespace LaunchStack.Usage.Samples;

/// <summary>What a sample does whose (instance, timestamp) is there already.</summary>
public enum ConflictMode
{
    /// <summary>Nothing: it is counted as a duplicate. For whole samples (<c>POST /v1/usage</c>).</summary>
    Skip,

    /// <summary>
    /// Of each column the greatest value stays, and null is less than any; a duplicate is what raises none. For protocols
    /// that send the columns of one instant in several series, and the parts of a sum in several requests: a sum only grows
    /// as its parts arrive, so every order of arrival, and every repetition, leaves the same row.
    /// </summary>
    Merge,
}
