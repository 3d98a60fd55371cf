using System.Net.Http.Headers;
using LaunchStack.Aggregator.Usage;
using LaunchStack.TestSupport;

namespace LaunchStack.History.Bench;

/// <summary>The real service as a process of its own; no broker, which it must not mind.</summary>
internal sealed class ServedAggregator : IAsyncDisposable
{
    private const string Key = "bench-key-0123456789abcdef";

    private readonly ChildProcess _process;

    private ServedAggregator(ChildProcess process, Uri address)
    {
        _process = process;
        Client.BaseAddress = address;
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public HttpClient Client { get; } = new();

    public static async Task<ServedAggregator> StartAsync(string connectionString)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        var assembly = typeof(UsageEndpoints).Assembly.Location;
        var process = ChildProcess.StartGuarded(
            "aggregator", $"dotnet '{assembly}' &",
            new Dictionary<string, string>
            {
                ["ConnectionStrings__launchstack"] = connectionString,
                ["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1",
                ["Auth__AdminKey"] = Key,
                ["ASPNETCORE_URLS"] = address.ToString(),
                ["Logging__LogLevel__Default"] = "Error",
            },
            Path.GetDirectoryName(assembly));
        var served = new ServedAggregator(process, address);
        await Wait.UntilAliveAsync(served.Client, $"the aggregator answers: {process.Output}");
        return served;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }
}
