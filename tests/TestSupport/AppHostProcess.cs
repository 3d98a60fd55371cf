using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace LaunchStack.TestSupport;

/// <summary>The app host as a user runs it: a process, here with free ports, over a state directory that outlives it.</summary>
public sealed class AppHostProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="state">Its state directory.</param>
    /// <param name="environment">What is set besides.</param>
    public AppHostProcess(string state, IReadOnlyDictionary<string, string>? environment = null)
    {
        var configuration = typeof(AppHostProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        // env: a shell starts background commands with SIGINT ignored, and what is ignored is inherited.
        var start = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "--default-signal=INT,QUIT", "dotnet",
            Path.Combine(RepositoryRoot.Path, "AppHost", "bin", configuration, "net10.0", "AppHost.dll"), "--state", state,
        })
            start.ArgumentList.Add(argument);
        // Inherited by all that it starts: see RunningProcesses.
        start.Environment["LAUNCHSTACK_TEST_SYSTEM"] = state;
        start.Environment["DcpPublisher__RandomizePorts"] = "true";
        start.Environment["ASPNETCORE_URLS"] = "http://localhost:18888";
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:18889";
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = "http://localhost:18891";
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
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

    /// <summary>Waits until everything is up.</summary>
    public Task ReadyAsync() => PrintsAsync("ready in ");

    /// <summary>Waits for a printed line that begins with <paramref name="text"/>; returns it.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public async Task<string> PrintsAsync(string text)
    {
        string? line = null;
        await Wait.UntilAsync(
            () =>
            {
                line = Lines.FirstOrDefault(l => l.StartsWith(text, StringComparison.Ordinal));
                return line is not null || (_process.HasExited ? throw new InvalidOperationException($"the app host ended:\n{string.Join('\n', Lines)}") : false);
            },
            $"the app host prints \"{text}\"", TimeSpan.FromMinutes(4));
        return line!;
    }

    /// <summary>What stands behind a name in the table that is printed when everything is up: the address of a resource, or the admin key.</summary>
    public string Printed(string name) =>
        Lines.Select(line => Regex.Match(line, $@"^  {Regex.Escape(name)} .*?(?<last>\S+)$")).First(match => match.Success).Groups["last"].Value;

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Kills it alone, without a word; its children are DCP's to end.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Asks it to stop, as Ctrl+C does.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            Lines.Enqueue(line);
    }
}
