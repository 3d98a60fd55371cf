namespace LaunchStack.Agent.Sampling;

internal static class DiskSpace
{
    /// <summary>Bytes in use on the file system that <paramref name="path"/> lies on, as df counts them; null where it cannot be asked.</summary>
    public static long? Used(string path)
    {
        try
        {
            var drive = new DriveInfo(path);
            return drive.TotalSize - drive.TotalFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
