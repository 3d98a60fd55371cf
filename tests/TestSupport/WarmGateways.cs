using System.Collections.Concurrent;

namespace LaunchStack.TestSupport;

/// <summary>
/// Processes that serve the database of one test after another (<c>gateways.mjs</c>): in one of their own each would compile PostgreSQL
/// anew, which takes more processor time than most tests do. They end with the test process.
/// </summary>
internal static class WarmGateways
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentBag<ChildProcess> Idle = [];

    /// <summary>A gateway over the directory, given back by <see cref="GiveBackAsync"/>.</summary>
    public static async Task<EmbeddedGateway> ServeAsync(string dataDirectory)
    {
        var process = Idle.TryTake(out var idle) ? idle : EmbeddedGateway.LaunchScript(Path.Combine(RepositoryRoot.Path, "tests", "TestSupport", "gateways.mjs"), []);
        await process.SendLineAsync(dataDirectory);
        return new(process, await process.WaitForLineAsync($"serving {dataDirectory} on ", Patience));
    }

    /// <summary>Nobody needs the database any more. A process that a test has killed, or that does not come to its end, serves no other.</summary>
    public static async Task GiveBackAsync(EmbeddedGateway gateway, string dataDirectory)
    {
        try
        {
            if (!gateway.Process.HasExited)
            {
                await gateway.Process.SendLineAsync("");
                await gateway.Process.WaitForLineAsync($"left {dataDirectory}", Patience);
                Idle.Add(gateway.Process);
                return;
            }
        }
        catch (Exception stuck) when (stuck is TimeoutException or InvalidOperationException or IOException)
        {
            await gateway.Process.KillAsync();
        }
        await gateway.DisposeAsync();
    }
}
