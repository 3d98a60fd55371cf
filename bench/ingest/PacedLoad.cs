using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;

namespace LaunchStack.Ingest.Bench;

/// <summary>
/// Posts at a rate of its own, whatever the answers do, as thousands of instances would. A request's time counts from when it was
/// due, so that one that had to wait for its turn here is not made to look fast.
/// </summary>
internal sealed class PacedLoad : IDisposable
{
    private readonly HttpClient _client;

    public PacedLoad(Uri address, string key)
    {
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 512 }) { BaseAddress = address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Posts bodies <paramref name="from"/> and following, <paramref name="rate"/> a second; each status with its number.</summary>
    public async Task<PacedResult> RunAsync(IReadOnlyList<byte[]> bodies, int from, int rate, TimeSpan duration)
    {
        var statuses = new ConcurrentDictionary<int, int>();
        var latencies = new double[(int)(rate * duration.TotalSeconds)];
        var requests = new Task[latencies.Length];
        var clock = Stopwatch.StartNew();
        for (var n = 0; n < requests.Length; n++)
        {
            var due = TimeSpan.FromSeconds((double)n / rate);
            while (clock.Elapsed < due)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            requests[n] = PostAsync(n, due);
        }
        await Task.WhenAll(requests);
        Array.Sort(latencies);
        return new(latencies[latencies.Length / 2], latencies[(int)(latencies.Length * 0.99)], statuses);

        async Task PostAsync(int n, TimeSpan due)
        {
            using var content = new ByteArrayContent(bodies[(from + n) % bodies.Count]);
            content.Headers.ContentType = new("application/json");
            using var answer = await _client.PostAsync(new Uri("/v1/usage", UriKind.Relative), content);
            latencies[n] = (clock.Elapsed - due).TotalMilliseconds;
            statuses.AddOrUpdate((int)answer.StatusCode, 1, (_, count) => count + 1);
        }
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>What a paced load met with.</summary>
/// <param name="P50Milliseconds">Median time to the answer.</param>
/// <param name="P99Milliseconds">99 of 100 were faster.</param>
/// <param name="Statuses">Answers by HTTP status.</param>
internal sealed record PacedResult(double P50Milliseconds, double P99Milliseconds, IReadOnlyDictionary<int, int> Statuses)
{
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"p50 {P50Milliseconds:0.0} ms, p99 {P99Milliseconds:0.0} ms ({string.Join(", ", Statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} x {s.Key}"))})");
}
