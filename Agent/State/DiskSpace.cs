namespace LaunchStack.Agent.State;

internal static class DiskSpace
{
    /// <summary>Bytes in use on the file system that <paramref name="path"/> lies on, as df counts them; null where it cannot be asked.</summary>
    public static long? Used(string path) => Ask(path, drive => drive.TotalSize - drive.TotalFreeSpace);

    /// <summary>Bytes that may still be written there.</summary>
    public static long? Free(string path) => Ask(path, drive => drive.AvailableFreeSpace);

    private static long? Ask(string path, Func<DriveInfo, long> question)
    {
        try
        {
            return question(new DriveInfo(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
