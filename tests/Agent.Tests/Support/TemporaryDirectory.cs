namespace LaunchStack.Agent.Tests.Support;

/// <summary>A directory that is gone when the test is over.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("launchstack-agent-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public TemporaryDirectory()
    {
    }

    /// <summary>With copies of another directory's files.</summary>
    public TemporaryDirectory(string source)
    {
        foreach (var path in Directory.GetFiles(source))
        {
            using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = System.IO.File.Create(File(System.IO.Path.GetFileName(path)));
            from.CopyTo(to);
        }
    }

    /// <summary>What a killed process leaves behind: the files as they are, while it still holds them.</summary>
    public TemporaryDirectory Copy() => new(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
