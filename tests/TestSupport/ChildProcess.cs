using System.Diagnostics;
using System.Text;

namespace LaunchStack.TestSupport;

/// <summary>
/// A server started for a test. Its standard input is a pipe held by the test process: when that dies, however it dies,
/// the kernel closes the pipe and the child, which watches it, ends too.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _name;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has printed so far, both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts <paramref name="file"/>, which must end when its standard input closes.</summary>
    public static ChildProcess Start(
        string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            info.Environment[key] = value;
        var child = new ChildProcess(name, new Process { StartInfo = info });
        child._process.OutputDataReceived += child.Keep;
        child._process.ErrorDataReceived += child.Keep;
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>
    /// Runs a shell line in a session of its own and kills everything in it when standard input closes:
    /// for servers that do not watch theirs. The line starts them in the background.
    /// </summary>
    public static ChildProcess StartGuarded(
        string name, string line, IReadOnlyDictionary<string, string>? environment = null, string? directory = null) =>
        Start(name, "setsid", ["sh", "-c", $"{line}\nread -r _\nkill -KILL 0"], environment, directory);

    /// <summary>Waits until a printed line holds <paramref name="text"/>; returns the line.</summary>
    /// <exception cref="InvalidOperationException">The process ended before; the message holds what it printed.</exception>
    public async Task<string> WaitForLineAsync(string text, TimeSpan? limit = null)
    {
        string? found = null;
        await Wait.UntilAsync(
            () =>
            {
                found = Array.Find(Output.Split('\n'), line => line.Contains(text, StringComparison.Ordinal));
                if (found is null && HasExited)
                {
                    _process.WaitForExit();
                    if (!Output.Contains(text, StringComparison.Ordinal))
                        throw new InvalidOperationException($"{_name} ended with {ExitCode} before it printed \"{text}\":\n{Output}");
                }
                return found is not null;
            },
            $"{_name} prints \"{text}\"",
            limit);
        return found!;
    }

    /// <summary>Sends a line to its standard input.</summary>
    public async Task SendLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Kills it with SIGKILL, as a power cut would, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM and waits for the end; returns the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{Id}"]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return ExitCode;
    }

    /// <summary>Closes its standard input, by which it knows to end; returns the exit code.</summary>
    public async Task<int> CloseInputAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        return ExitCode;
    }

    /// <summary>For a server shared by all tests: ends it, and deletes its files, when the test process ends.</summary>
    public void DieWithTests(params TemporaryDirectory[] files)
    {
        ArgumentNullException.ThrowIfNull(files);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (!_process.HasExited)
            {
                _process.StandardInput.Close();
                _process.WaitForExit(TimeSpan.FromSeconds(5));
            }
            foreach (var directory in files)
                directory.Dispose();
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
            }
        }
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.Append(line.Data).Append('\n');
    }
}
