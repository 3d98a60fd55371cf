namespace LaunchStack.Agent.Tests.Support;

/// <summary>A directory that is gone when the test is over.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("launchstack-agent-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What a killed process leaves behind: the files as they are, while it still holds them.</summary>
    public TemporaryDirectory Copy()
    {
        var copy = new TemporaryDirectory();
        foreach (var source in Directory.GetFiles(Path))
        {
            using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = System.IO.File.Create(copy.File(System.IO.Path.GetFileName(source)));
            from.CopyTo(to);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
