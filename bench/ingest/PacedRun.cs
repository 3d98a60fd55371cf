using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace LaunchStack.Ingest.Bench;

/// <summary>
/// Does the answer stay quick? Posts of one sample at a fixed rate, at three times that rate, and at the rate again beside a sender that
/// takes no notice of its own key's limit.
/// </summary>
internal sealed class PacedRun(BenchOptions options, BenchDatabase database, ServerProcess server)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private const int NoisyBatch = 1000;
    private const int NoisySenders = 4;

    public async Task RunAsync()
    {
        var perRound = (int)(options.Rate * 5 * Duration.TotalSeconds);
        var data = new BenchData(perRound * (options.Rounds + 1), options.Instances, options.Late > 0);
        var bodies = data.Bodies(1, 0);
        var noise = data.Round(1).Bodies(NoisyBatch, 0);
        await database.EmptyAsync(options.Prefill, options.Late > 0, data);
        using var quiet = new PacedLoad(server.Api, ServerProcess.Key);
        var noisyKey = await MakeKeyAsync();
        var (flat, undisturbed, once, thrice, beside) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= options.Rounds; round++)
        {
            var at = round * perRound;
            var single = await quiet.RunAsync(bodies, at, options.Rate, Duration);
            var triple = await quiet.RunAsync(bodies, at + (int)(options.Rate * Duration.TotalSeconds), options.Rate * 3, Duration);
            var (disturbed, refused) = await BesideNoiseAsync(
                quiet.RunAsync(bodies, at + (int)(options.Rate * 4 * Duration.TotalSeconds), options.Rate, Duration), noise, noisyKey);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"paced, round {round}: {options.Rate}/s {single}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"paced, round {round}: {options.Rate * 3}/s {triple}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"paced, round {round}: {options.Rate}/s beside a noisy key ({refused} of its posts refused) {disturbed}"));
            if (round == 0)
                continue;
            once.Add(single.P99Milliseconds);
            thrice.Add(triple.P99Milliseconds);
            beside.Add(disturbed.P99Milliseconds);
            flat.Add(triple.P99Milliseconds / single.P99Milliseconds);
            undisturbed.Add(disturbed.P99Milliseconds / single.P99Milliseconds);
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median p99: {options.Rate}/s {BenchRun.Median(once):0.0} ms, {options.Rate * 3}/s {BenchRun.Median(thrice):0.0} ms ({BenchRun.Median(flat):0.00} times), beside a noisy key {BenchRun.Median(beside):0.0} ms ({BenchRun.Median(undisturbed):0.00} times)"));
    }

    private async Task<(PacedResult Result, int Refused)> BesideNoiseAsync(Task<PacedResult> quiet, List<byte[]> noise, string key)
    {
        using var client = new HttpClient { BaseAddress = server.Api };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var refused = 0;
        await Task.WhenAll(Enumerable.Range(0, NoisySenders).Select(sender => Task.Run(async () =>
        {
            for (var n = sender; !quiet.IsCompleted; n++)
            {
                using var content = new ByteArrayContent(noise[n % noise.Count]);
                content.Headers.ContentType = new("application/json");
                using var answer = await client.PostAsync(new Uri("/v1/usage", UriKind.Relative), content);
                if (!answer.IsSuccessStatusCode)
                    Interlocked.Increment(ref refused);
            }
        })));
        return (await quiet, refused);
    }

    private async Task<string> MakeKeyAsync()
    {
        using var client = new HttpClient { BaseAddress = server.Api };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.Key);
        using var answer = await client.PostAsJsonAsync(
            new Uri("/v1/keys", UriKind.Relative),
            new NoisyKey("noisy", ["ingest"], NoisyBatch, NoisyBatch), SnakeCase);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
    }

    private sealed record NoisyKey(string Name, string[] Scopes, int SamplesPerSecond, int Burst);
}
