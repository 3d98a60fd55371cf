using LaunchStack.TestSupport;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Bench;

/// <summary>The real service as a process of its own.</summary>
internal sealed class ServedWeb : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ServedWeb(ChildProcess process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<ServedWeb> StartAsync(Uri aggregator)
    {
        // By name: Chromium takes loopback for it, and offers what it offers any site.
        var address = new Uri($"http://localhost:{FreePort.Take()}");
        var assembly = typeof(UsageChart).Assembly.Location;
        var process = ChildProcess.StartGuarded(
            "web", $"dotnet '{assembly}' &",
            new Dictionary<string, string>
            {
                ["services__aggregator__http__0"] = aggregator.ToString(),
                ["ASPNETCORE_URLS"] = address.ToString(),
                // Not published: static files are read from the sources, by the manifest that only this environment looks at.
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["Logging__LogLevel__Default"] = "Error",
            },
            Path.GetDirectoryName(assembly));
        using var client = new HttpClient { BaseAddress = address };
        await Wait.UntilAliveAsync(client, $"web answers: {process.Output}");
        return new(process, address);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
