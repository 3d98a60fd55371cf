namespace LaunchStack.Agent.State;

/// <summary>What reading and writing files may throw because of what lies on the disk, or of the disk itself.</summary>
internal static class DiskFailure
{
    // ENOSPC and EDQUOT; .NET keeps errno in HResult. The last is Windows' ERROR_DISK_FULL.
    private const int NoSpace = 28, OverQuota = 122, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>NotSupportedException: pipes and devices cannot be read at a place.</summary>
    public static bool Is(Exception failure) => failure is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>Whether room is all that is missing.</summary>
    public static bool IsFull(Exception failure) => failure is IOException { HResult: NoSpace or OverQuota or WindowsDiskFull };
}
