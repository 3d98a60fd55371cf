using System.Text.Json;

namespace LaunchStack.AppHost;

/// <summary>What a system keeps on disk from run to run. One app host at a time.</summary>
internal sealed class StateDirectory(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private FileStream? _taken;

    public string Path { get; } = path;

    private string SecretsFile => System.IO.Path.Combine(Path, "parameters.json");

    /// <summary>Takes the directory for this process; the operating system releases it however the process ends.</summary>
    /// <exception cref="DistributedApplicationException">Another app host has it.</exception>
    public void Take()
    {
        Directory.CreateDirectory(Path);
        // Traversal for the group: on a root's machine PostgreSQL runs as a user of its own, see postgres.sh.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        try
        {
            _taken = new FileStream(System.IO.Path.Combine(Path, "apphost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException(
                $"{Path} is in use by another app host. Stop it, or run this one beside it: aspire start --isolated -- --state DIR");
        }
    }

    public void Dispose() => _taken?.Dispose();

    /// <summary>The directory of one resource.</summary>
    public string For(string resource) => System.IO.Path.Combine(Path, resource);

    /// <summary>
    /// The secret of this name, made at its first use. The data directories hold what was made with it, so it lies beside them and not in
    /// the user's secrets, which an isolated start throws away.
    /// </summary>
    public string GetOrAddSecret(string name, Func<string> make)
    {
        lock (_lock)
        {
            Dictionary<string, string> secrets = File.Exists(SecretsFile)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(SecretsFile))!
                : [];
            if (secrets.TryGetValue(name, out var known))
                return known;

            secrets[name] = make();
            PrivateFile.Replace(SecretsFile, JsonSerializer.SerializeToUtf8Bytes(secrets));
            return secrets[name];
        }
    }
}
