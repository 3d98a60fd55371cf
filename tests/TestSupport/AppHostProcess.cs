using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace LaunchStack.TestSupport;

/// <summary>The AppHost as a user runs it: a process with free ports and a state directory of its own.</summary>
public sealed class AppHostProcess : IDisposable
{
    private readonly TemporaryDirectory _directory = new("apphost");
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    public AppHostProcess(IReadOnlyDictionary<string, string>? environment = null)
    {
        var configuration = typeof(AppHostProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(RepositoryRoot.Path, "AppHost", "bin", configuration, "net10.0", "AppHost.dll"));
        foreach (var argument in new[] { "--ports", "dynamic", "--state", _directory.Path })
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has printed.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Its state directory.</summary>
    public string State => _directory.Path;

    /// <summary>Waits until everything is up.</summary>
    public Task ReadyAsync() => Wait.UntilAsync(
        () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"the AppHost ended:\n{string.Join('\n', Lines)}");
            return Lines.Any(l => l.StartsWith("ready in ", StringComparison.Ordinal));
        },
        "the system is ready", TimeSpan.FromMinutes(4));

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Kills it alone, without a word; its children are the engine's to end.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Asks it to stop, as Ctrl+C does.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Every process below it, with its command line.</summary>
    public IReadOnlyDictionary<int, string> Descendants()
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0)
            .Where(pid => pid > 0).Select(pid => (Pid: pid, Parent: ParentOf(pid))).ToLookup(p => p.Parent, p => p.Pid);
        var found = new Dictionary<int, string>();
        var next = new Queue<int>([_process.Id]);
        while (next.TryDequeue(out var pid))
            foreach (var child in parents[pid])
            {
                found[child] = CommandOf(child);
                next.Enqueue(child);
            }
        return found;
    }

    /// <summary>Whether the process with this id still runs the same command.</summary>
    public static bool Runs(int pid, string command) => command?.Length > 0 && CommandOf(pid) == command;

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            Lines.Enqueue(line);
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it ended in between
        }
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
