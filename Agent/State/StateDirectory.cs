using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.State;

/// <summary>The directory with everything the agent remembers; held by one agent at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    // EWOULDBLOCK; .NET keeps errno in HResult.
    private const int WouldBlock = 11, WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _lock;

    private StateDirectory(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Where samples wait.</summary>
    public string Spool => System.IO.Path.Combine(Path, "spool");

    /// <summary>Creates the directory if need be and locks it.</summary>
    /// <exception cref="IOException">Another agent uses it, or there can be no such directory.</exception>
    public static StateDirectory Open(string? configured, ILogger logger)
    {
        var path = System.IO.Path.GetFullPath(configured is { Length: > 0 } ? configured : Default());
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var file = System.IO.Path.Combine(path, "agent.lock");
        FileStream held;
        try
        {
            held = Lock(file);
        }
        catch (IOException busy) when (busy.HResult is WouldBlock or WindowsSharingViolation)
        {
            throw new IOException(
                $"another agent uses {path}. Give each its own Agent:StateDirectory, or stop the other one.", busy);
        }
        catch (Exception failure) when (DiskFailure.Is(failure) && System.IO.Path.Exists(file))
        {
            if (!Obstacle.TryMove(file, failure.Message, logger))
                throw;
            held = Lock(file);
        }

        TryNameHolder(held);
        return new(path, held);
    }

    public void Dispose() => _lock.Dispose();

    // The operating system lets go of the lock when the process ends, however it ends.
    private static FileStream Lock(string file) => new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    /// <summary>For a person who wonders whose lock it is; a full disk need not take it.</summary>
    private static void TryNameHolder(FileStream held)
    {
        try
        {
            held.SetLength(0);
            held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            // The lock holds without it.
        }
    }

    private static string Default()
    {
        if (Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state)
            return System.IO.Path.Combine(state, "launchstack-agent");

        if (OperatingSystem.IsWindows())
        {
            return System.IO.Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "launchstack-agent");
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? System.IO.Path.Combine(home, ".local", "state", "launchstack-agent")
            : throw new IOException("there is no home directory to keep state in: set Agent:StateDirectory.");
    }
}
