using System.Diagnostics;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>The real program.</summary>
internal sealed class AgentProgram : IDisposable
{
    // The agent takes the shell's place; the watcher beside it kills it when the pipe from the test process closes, however that ended.
    private const string Guarded =
        "exec 3<&0; (read -r _ <&3; kill -KILL $$) >/dev/null 2>&1 & exec 3<&-; exec dotnet \"$@\" </dev/null";

    private readonly Process _process;

    private AgentProgram(Process process) => _process = process;

    public int ExitCode => _process.ExitCode;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Error => _process.StandardError;

    public static AgentProgram Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("sh")
        {
            ArgumentList = { "-c", Guarded, "sh", Path.Combine(AppContext.BaseDirectory, "Agent.dll") },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Auth__Key"] = ScriptedIngest.Key },
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    public void Kill() => _process.Kill();

    public Task ExitAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Sends a signal by its name, without SIG.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
