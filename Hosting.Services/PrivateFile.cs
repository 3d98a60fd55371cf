namespace LaunchStack.Hosting.Services;

/// <summary>Files that only the user who runs the app host may read.</summary>
public static class PrivateFile
{
    /// <summary>Writes a file whole, in place of the one that is there: a reader sees the one or the other.</summary>
    /// <param name="path">Its path, in a directory that is there.</param>
    /// <param name="content">What it holds afterwards.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // Of this process: another app host may be writing the same file.
        var next = $"{path}.{Environment.ProcessId}.next";
        using (var stream = new FileStream(next, options))
            stream.Write(content);
        File.Move(next, path, overwrite: true);
    }
}
