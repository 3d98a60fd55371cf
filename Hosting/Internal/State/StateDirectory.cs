namespace Aspire.Hosting.Internal.State;

/// <summary>What a run keeps on disk. One AppHost at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    private FileStream? _lock;

    public StateDirectory(string path)
    {
        Root = path;
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Root { get; }

    public string Logs => Directory.CreateDirectory(Path.Combine(Root, "logs")).FullName;

    public string RunFile => Path.Combine(Root, "run.json");

    public string ParametersFile => Path.Combine(Root, "parameters.json");

    /// <summary>Data of one resource.</summary>
    public string For(string resource) => Directory.CreateDirectory(Path.Combine(Root, resource)).FullName;

    /// <summary>Takes the directory for this process; the operating system releases it however the process ends.</summary>
    /// <exception cref="DistributedApplicationException">Another AppHost has it.</exception>
    public void Take()
    {
        try
        {
            _lock = new FileStream(Path.Combine(Root, "apphost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException(
                $"{Root} is in use by another AppHost. Stop it, or run this one beside it with --ports dynamic --state DIR.");
        }
    }

    public void Dispose() => _lock?.Dispose();
}
