namespace LaunchStack.TestSupport;

/// <summary>A directory of the test's own, deleted with it.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Makes it under the system's temporary folder.</summary>
    public TemporaryDirectory(string purpose = "test") => Path = Directory.CreateTempSubdirectory($"launchstack-{purpose}-").FullName;

    /// <summary>Full path.</summary>
    public string Path { get; }

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
