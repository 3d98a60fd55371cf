namespace LaunchStack.Web.Charts;

/// <summary>Why there are no samples.</summary>
public enum GapKind
{
    /// <summary>Nothing was sent.</summary>
    Silent,

    /// <summary>The container started again afterwards.</summary>
    Restart,

    /// <summary>Recent enough that samples may still be on their way.</summary>
    Pending,

    /// <summary>Before the first sample of the range.</summary>
    Before,
}
