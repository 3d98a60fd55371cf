using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Internal.Processes;

/// <summary>
/// A child process in a process group of its own, behind <c>guard.sh</c>: when the AppHost goes, in whatever way, the pipe to the
/// guard closes and the guard ends the group. When the guard itself is killed, this class does it.
/// </summary>
internal sealed partial class GuardedProcess : IDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;

    private readonly Process _guard;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The pipes end with the process, unless something that left the group holds them.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    private GuardedProcess(Process guard) => _guard = guard;

    /// <summary>The exit code, once all that it printed has been passed on; 128 + n for a process that signal n ended.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>The process id, which is the process group's id too.</summary>
    public Task<int> Pid => _started.Task;

    public static GuardedProcess Start(ProcessSpec spec, Action<string, bool> onLine)
    {
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = spec.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // In a session of its own: Ctrl+C in the terminal reaches the AppHost alone.
        start.ArgumentList.Add("/bin/sh");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "guard.sh"));
        start.ArgumentList.Add(Guid.NewGuid().ToString("N"));
        // A shell drops variables whose names it could not use itself, such as services__ingest-api__http__0; env(1) does not.
        start.ArgumentList.Add("env");
        foreach (var (name, value) in spec.Environment)
        {
            if (IsShellName().IsMatch(name))
                start.Environment[name] = value;
            else
                start.ArgumentList.Add($"{name}={value}");
        }
        start.ArgumentList.Add(spec.FileName);
        foreach (var argument in spec.Arguments)
            start.ArgumentList.Add(argument);

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var guarded = new GuardedProcess(process);
        process.OutputDataReceived += (_, e) => guarded.OnOutput(e.Data, onLine);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                onLine(e.Data, true);
        };
        process.Exited += (_, _) => _ = guarded.OnExitedAsync();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return guarded;
    }

    /// <summary>Asks politely, then by force after <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience, TimeProvider time)
    {
        Signal(Terminate);
        try
        {
            await Exited.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            Signal(Kill);
            await Exited;
        }
    }

    public void Dispose() => _guard.Dispose();

    private void OnOutput(string? line, Action<string, bool> onLine)
    {
        if (line is null)
            return;
        // The guard's first line; everything after it is the command's own.
        if (!_started.Task.IsCompleted && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            _started.TrySetResult(pid);
        else
            onLine(line, false);
    }

    private async Task OnExitedAsync()
    {
        Signal(Kill);
        var code = _guard.ExitCode;
        // Its last words may still be in the pipe: this waits for the ends of both, too.
        await _guard.WaitForExitAsync().WaitAsync(Drain, TimeProvider.System)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _started.TrySetCanceled();
        _exited.TrySetResult(code);
    }

    private void Signal(int signal)
    {
        // ESRCH, the group is gone, is what is wanted.
        if (_started.Task.IsCompletedSuccessfully)
            _ = SendSignal(-_started.Task.Result, signal);
        else if (!_guard.HasExited)
            _ = SendSignal(_guard.Id, signal);
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex IsShellName();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
