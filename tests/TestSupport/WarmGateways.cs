using System.Collections.Concurrent;
using System.Text.Json;

namespace LaunchStack.TestSupport;

/// <summary>
/// Processes that serve the database of one test after another (<c>gateways.mjs</c>), each from one directory: in one of their own each
/// would compile PostgreSQL anew, which takes more processor time than most tests do. They end with the test process.
/// </summary>
internal static class WarmGateways
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentBag<(ChildProcess Process, TemporaryDirectory Directory)> Idle = [];
    private static int _served;

    /// <summary>A gateway over a copy of the template, and what gives it back when nobody needs it any more.</summary>
    public static async Task<(EmbeddedGateway Gateway, Func<ValueTask> GiveBack)> ServeAsync(string template, string[] options)
    {
        var (process, directory) = Idle.TryTake(out var idle) ? idle : Launch();
        TemplateDatabase.Copy(template, directory.Path);
        var name = $"database {Interlocked.Increment(ref _served)}";
        await process.SendLineAsync(JsonSerializer.Serialize(new { name, directory = directory.Path, options }));
        var gateway = new EmbeddedGateway(process, await process.WaitForLineAsync($"serving {name} on ", Patience));
        return (gateway, () => GiveBackAsync(process, directory, name));
    }

    private static (ChildProcess Process, TemporaryDirectory Directory) Launch()
    {
        var process = EmbeddedGateway.LaunchScript(Path.Combine(RepositoryRoot.Path, "tests", "TestSupport", "gateways.mjs"), []);
        var directory = new TemporaryDirectory("timescale");
        process.DieWithTests(directory);
        return (process, directory);
    }

    // A process that a test has killed, or that does not come to its end, serves no other.
    private static async ValueTask GiveBackAsync(ChildProcess process, TemporaryDirectory directory, string name)
    {
        try
        {
            if (!process.HasExited)
            {
                await process.SendLineAsync("");
                await process.WaitForLineAsync($"{name} is left", Patience);
                Idle.Add((process, directory));
                return;
            }
        }
        catch (Exception stuck) when (stuck is TimeoutException or InvalidOperationException or IOException)
        {
            await process.KillAsync();
        }
        directory.Dispose();
    }
}
