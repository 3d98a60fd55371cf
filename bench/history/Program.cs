using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LaunchStack.History.Bench;
using LaunchStack.TestSupport;
using Npgsql;

// dotnet run -c Release --project bench/history -- CONNECTION [SAMPLES 10000000] [INSTANCES 1000] [REQUESTS 500]
// Histories of 100 points over HTTP, one client, one instance after the other, beside the same buckets made of raw rows in the database.
var server = args.Length > 0 ? args[0] : throw new ArgumentException("Give the connection string of a TimescaleDB server.");
var samples = Number(1, 10_000_000);
var instances = Number(2, 1_000);
var requests = Number(3, 500);

await using var database = await BenchDatabase.CreateAsync(server, instances, samples / instances);
await using var aggregator = await ServedAggregator.StartAsync(database.ConnectionString);
Console.WriteLine($"{instances} instances, {samples / instances} samples each over {BenchDatabase.Days} days; {requests} requests, p50 / p99 in ms");
string[] periods = ["24h", "7d", "30d"];
// What the JIT compiles is not measured.
foreach (var period in periods)
    await MeasureAsync(requests, instance => ReadAsync(instance, period));
foreach (var period in periods)
{
    var points = 0;
    var http = await MeasureAsync(requests, async instance => points += await ReadAsync(instance, period));
    var scan = await MeasureAsync(Math.Max(1, requests / 10), instance => database.ScanAsync(instance, period, 100));
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{period,4}: {http.P50:0.0} / {http.P99:0.0}, on average {(double)points / requests:0} points; scan of raw rows {scan.P50:0.0} / {scan.P99:0.0}"));
}

async Task<int> ReadAsync(Guid instance, string period)
{
    using var history = JsonDocument.Parse(await aggregator.Client.GetByteArrayAsync(
        new Uri($"/v1/instances/{instance}/stats/history?period={period}&points=100", UriKind.Relative)));
    return history.RootElement.GetArrayLength();
}

async Task<(double P50, double P99)> MeasureAsync(int count, Func<Guid, Task> read)
{
    var random = new Random(1);
    var times = new List<double>();
    for (var i = 0; i < count; i++)
    {
        var watch = Stopwatch.StartNew();
        await read(database.Instances[random.Next(instances)]);
        times.Add(watch.Elapsed.TotalMilliseconds);
    }
    times.Sort();
    return (times[times.Count / 2], times[times.Count * 99 / 100]);
}

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
