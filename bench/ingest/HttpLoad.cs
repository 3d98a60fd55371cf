using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace LaunchStack.Ingest.Bench;

/// <summary>Posts bodies over so many connections and adds up the answers.</summary>
internal sealed class HttpLoad : IDisposable
{
    private readonly HttpClient _client;
    private readonly int _senders;

    public HttpLoad(Uri address, int senders)
    {
        _senders = senders;
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = senders }) { BaseAddress = address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.Key);
    }

    public async Task<LoadResult> PostAsync(string path, IReadOnlyList<byte[]> bodies)
    {
        var next = -1;
        var (accepted, duplicates) = (0L, 0L);
        var latencies = new double[bodies.Count];
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, _senders).Select(_ => Task.Run(async () =>
        {
            int n;
            while ((n = Interlocked.Increment(ref next)) < bodies.Count)
            {
                var started = clock.Elapsed;
                var answer = await PostOneAsync(path, bodies[n]);
                latencies[n] = (clock.Elapsed - started).TotalMilliseconds;
                Interlocked.Add(ref accepted, answer.GetProperty("accepted").GetInt64());
                Interlocked.Add(ref duplicates, answer.GetProperty("duplicates").GetInt64());
            }
        })));
        var elapsed = clock.Elapsed;
        Array.Sort(latencies);
        return new(elapsed, accepted, duplicates, latencies[latencies.Length / 2], latencies[(int)(latencies.Length * 0.99)]);
    }

    public async Task RegisterAsync(IEnumerable<Guid> instances)
    {
        foreach (var instance in instances)
        {
            using var answer = await _client.PutAsync(new Uri($"/v1/instances/{instance}", UriKind.Relative), null);
            answer.EnsureSuccessStatusCode();
        }
    }

    public void Dispose() => _client.Dispose();

    // 429 and 503 are part of the contract: come again.
    private async Task<JsonElement> PostOneAsync(string path, byte[] body)
    {
        while (true)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using var answer = await _client.PostAsync(new Uri(path, UriKind.Relative), content);
            if ((int)answer.StatusCode is 429 or 503)
            {
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), TimeProvider.System);
                continue;
            }
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }
}
