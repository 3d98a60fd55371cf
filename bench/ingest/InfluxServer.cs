using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace LaunchStack.Ingest.Bench;

/// <summary>An InfluxDB 1 of its own on loopback, with its files in a temporary directory; both end with the run.</summary>
internal sealed class InfluxServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly HttpClient _client;

    private InfluxServer(Process process, DirectoryInfo directory, Uri address) =>
        (_process, _directory, _client) = (process, directory, new HttpClient { BaseAddress = address });

    /// <summary>Starts <paramref name="path"/> and waits until it answers.</summary>
    public static async Task<InfluxServer> StartAsync(string path)
    {
        var directory = Directory.CreateTempSubdirectory("bench-influx-");
        var port = ServerProcess.FreePort();
        var start = new ProcessStartInfo(path) { RedirectStandardError = true, RedirectStandardOutput = true };
        // No file: the defaults, with what stands here.
        start.ArgumentList.Add("-config");
        start.ArgumentList.Add("/dev/null");
        start.Environment["INFLUXDB_META_DIR"] = Path.Combine(directory.FullName, "meta");
        start.Environment["INFLUXDB_DATA_DIR"] = Path.Combine(directory.FullName, "data");
        start.Environment["INFLUXDB_DATA_WAL_DIR"] = Path.Combine(directory.FullName, "wal");
        start.Environment["INFLUXDB_HTTP_BIND_ADDRESS"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        start.Environment["INFLUXDB_BIND_ADDRESS"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ServerProcess.FreePort()}");
        start.Environment["INFLUXDB_HTTP_LOG_ENABLED"] = "false";
        start.Environment["INFLUXDB_REPORTING_DISABLED"] = "true";
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new InfluxServer(process, directory, new Uri($"http://127.0.0.1:{port}"));
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Writes all bodies into an empty database.</summary>
    /// <returns>Time until the last was acknowledged.</returns>
    public async Task<TimeSpan> WriteAsync(List<byte[]> bodies, int senders)
    {
        await QueryAsync("DROP DATABASE bench");
        await QueryAsync("CREATE DATABASE bench");
        var next = -1;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            int n;
            while ((n = Interlocked.Increment(ref next)) < bodies.Count)
            {
                using var content = new ByteArrayContent(bodies[n]);
                using var answer = await _client.PostAsync(new Uri("/write?db=bench&precision=s", UriKind.Relative), content);
                if (answer.StatusCode != HttpStatusCode.NoContent)
                    throw new InvalidOperationException($"InfluxDB answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        })));
        return clock.Elapsed;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task QueryAsync(string query)
    {
        using var form = new FormUrlEncodedContent([new("q", query)]);
        (await _client.PostAsync(new Uri("/query", UriKind.Relative), form)).EnsureSuccessStatusCode();
    }

    private async Task ReadyAsync()
    {
        for (var attempt = 0; attempt < 200 && !_process.HasExited; attempt++)
        {
            try
            {
                if ((await _client.GetAsync(new Uri("/ping", UriKind.Relative))).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
        throw new InvalidOperationException("influxd did not start.");
    }
}
