using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LaunchStack.Ingest.Bench;

/// <summary>The child process that serves.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string Key = "bench-key-0123456789abcdef";

    private readonly Process _process;

    private ServerProcess(Process process, Uri api, Uri bare) => (_process, Api, Bare) = (process, api, bare);

    public Uri Api { get; }

    public Uri Bare { get; }

    public int Id => _process.Id;

    public static async Task<ServerProcess> StartAsync(string connectionString)
    {
        var (api, bare) = (new Uri($"http://127.0.0.1:{FreePort()}"), new Uri($"http://127.0.0.1:{FreePort()}"));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add(bare.ToString());
        start.WorkingDirectory = AppContext.BaseDirectory;
        start.Environment["ConnectionStrings__launchstack"] = connectionString;
        // Nobody listens there: events stay in the outbox, which is part of what a commit costs.
        start.Environment["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1";
        start.Environment["Auth__AdminKey"] = Key;
        start.Environment["ASPNETCORE_URLS"] = api.ToString();
        start.Environment["Logging__LogLevel__Default"] = "Error";
        var server = new ServerProcess(Process.Start(start)!, api, bare);
        await server.ReadyAsync();
        return server;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async Task<long> AllocatedAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("allocated ", StringComparison.Ordinal))
                return long.Parse(line["allocated ".Length..], CultureInfo.InvariantCulture);
        }
        throw new InvalidOperationException("The server has ended.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Api };
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                if ((await client.GetAsync(new Uri("/alive", UriKind.Relative))).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                if (_process.HasExited)
                    break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        throw new InvalidOperationException("Ingest.Api did not start; see the output above.");
    }
}
