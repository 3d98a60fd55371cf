namespace LaunchStack.TestSupport;

/// <summary>A directory of the test's own, deleted with it.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Makes it under the system's temporary folder.</summary>
    public TemporaryDirectory(string purpose = "test") => Path = Directory.CreateTempSubdirectory($"launchstack-{purpose}-").FullName;

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What a killed process leaves behind: the files as they are, while it still holds them.</summary>
    public static TemporaryDirectory CopyOf(string source)
    {
        var copy = new TemporaryDirectory();
        foreach (var path in Directory.GetFiles(source))
        {
            using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = System.IO.File.Create(copy.File(System.IO.Path.GetFileName(path)));
            from.CopyTo(to);
        }
        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A process killed a moment ago may still be writing its last file; what stays then is the system's to clean.
        for (var attempt = 0; attempt < 20 && Directory.Exists(Path); attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(25));
            }
        }
    }
}
