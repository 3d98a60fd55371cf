using System.Diagnostics;
using System.Globalization;
using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Ingest.Bench;

/// <summary>The rounds: straight, then through HTTP, on an emptied table each; the medians at the end.</summary>
internal sealed class BenchRun(BenchOptions options)
{
    public async Task<int> RunAsync()
    {
        await using var database = await BenchDatabase.OpenAsync(options.Connection);
        await SchemaMigration.ApplyAsync(database.ConnectionString, new LifecycleOptions(), NullLogger.Instance, CancellationToken.None);
        var samples = options.Samples > 0 ? options.Samples : database.TakesCopy ? 1_000_000 : 60_000;
        var data = new BenchData(samples, options.Instances, options.Late > 0);
        Say($"{database.Name}; {samples} samples, {options.Batch} a request, {options.Senders} senders, {options.Instances} instances, {options.Rounds} rounds");

        await using var server = await ServerProcess.StartAsync(database.ConnectionString);
        using var load = new HttpLoad(server.Api, options.Senders);
        await load.RegisterAsync(data.Ids);

        var straight = new StraightWriter(database.DataSource, data, database.TakesCopy, options.Connections, options.Batch);
        await RoundsAsync(database, data, server, load, straight);
        if (options.Single > 0)
            await SingleAsync(database, data, server);
        if (options.Rate > 0)
            await new PacedRun(options, database, server).RunAsync();
        return 0;
    }

    private async Task RoundsAsync(
        BenchDatabase database, BenchData data, ServerProcess server, HttpLoad load, StraightWriter straight)
    {
        await using var influx = options.Influxd is null ? null : await InfluxServer.StartAsync(options.Influxd);
        var lines = influx is null ? [] : data.Lines(5000);
        var influxRatios = new List<double>();
        var (rates, baselines, ratios, p50s, p99s) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (apiCpu, databaseCpu, straightDatabaseCpu, allocated) = (0.0, 0.0, 0.0, 0L);
        // The first round warms caches, pools and the JIT of both, which takes some 500,000 samples; it does not count.
        for (var round = 0; round <= options.Rounds; round++)
        {
            await database.EmptyAsync(options.Prefill, options.Late > 0, data);
            var straightCpu = ProcessUsage.CpuSecondsOfFamily(database.ServerProcess);
            var clock = Stopwatch.StartNew();
            await straight.WriteAsync();
            var baseline = data.Samples / clock.Elapsed.TotalSeconds;
            straightCpu = ProcessUsage.CpuSecondsOfFamily(database.ServerProcess) - straightCpu;

            await database.EmptyAsync(options.Prefill, options.Late > 0, data);
            var bodies = data.Round(round).Bodies(options.Batch, options.Duplicates);
            var (api, db, bytes) = (ProcessUsage.CpuSeconds(server.Id), ProcessUsage.CpuSecondsOfFamily(database.ServerProcess), await server.AllocatedAsync());
            var result = await load.PostAsync("/v1/usage", bodies);
            var rate = data.Samples / result.Elapsed.TotalSeconds;
            (api, db) = (ProcessUsage.CpuSeconds(server.Id) - api, ProcessUsage.CpuSecondsOfFamily(database.ServerProcess) - db);
            var rows = await database.CountAsync() - options.Prefill;
            Say($"round {round}{(round == 0 ? " (warm-up)" : "")}: straight {baseline:N0}/s, HTTP {rate:N0}/s, ratio {rate / baseline:0.00}, p50 {result.P50Milliseconds:0.0} ms, p99 {result.P99Milliseconds:0.0} ms, accepted {result.Accepted}, duplicates {result.Duplicates}, rows {rows}");
            if (rows != result.Accepted || result.Accepted + result.Duplicates != data.Samples)
                throw new InvalidOperationException("The books do not agree.");
            var influxRate = influx is null ? 0 : data.Samples / (await influx.WriteAsync(lines, options.Senders)).TotalSeconds;
            if (influx is not null)
                Say($"round {round}: InfluxDB {influxRate:N0}/s, ratio of HTTP to it {rate / influxRate:0.00}");
            if (round == 0)
                continue;
            influxRatios.Add(influx is null ? 0 : rate / influxRate);
            rates.Add(rate);
            baselines.Add(baseline);
            ratios.Add(rate / baseline);
            p50s.Add(result.P50Milliseconds);
            p99s.Add(result.P99Milliseconds);
            apiCpu += api;
            databaseCpu += db;
            straightDatabaseCpu += straightCpu;
            allocated += await server.AllocatedAsync() - bytes;
        }
        var total = (double)data.Samples * options.Rounds;
        Say($"median: straight {Median(baselines):N0}/s ({(database.TakesCopy ? "binary COPY" : "unnest")}, {options.Connections} connections), HTTP {Median(rates):N0} samples/s");
        Say($"median ratio {Median(ratios):0.00}; p50 {Median(p50s):0.0} ms, p99 {Median(p99s):0.0} ms a request");
        if (influx is not null)
            Say($"median ratio to InfluxDB {Median(influxRatios):0.00} (HTTP above; InfluxDB: the same points as lines, 5000 a post, {options.Senders} senders)");
        Say($"CPU seconds per million rows: API {apiCpu / total * 1e6:0.00}, database {databaseCpu / total * 1e6:0.00} (straight: {straightDatabaseCpu / total * 1e6:0.00})");
        Say($"API: {allocated / total:0} bytes allocated a sample, peak {ProcessUsage.PeakMegabytes(server.Id):0} MB resident");
    }

    private async Task SingleAsync(BenchDatabase database, BenchData data, ServerProcess server)
    {
        var count = Math.Min(data.Samples, 30_000);
        var posts = new BenchData(count, options.Instances, options.Late > 0);
        using var bare = new HttpLoad(server.Bare, options.Single);
        using var real = new HttpLoad(server.Api, options.Single);
        var (ratios, rates, p99s) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= options.Rounds; round++)
        {
            await database.EmptyAsync(options.Prefill, options.Late > 0, data);
            // Not those of the rounds before.
            var bodies = posts.Round(options.Rounds + 1 + round).Bodies(1, 0);
            var without = await bare.PostAsync("/", bodies);
            var with = await real.PostAsync("/v1/usage", bodies);
            var (bareRate, rate) = (count / without.Elapsed.TotalSeconds, count / with.Elapsed.TotalSeconds);
            Say($"single, round {round}: bare {bareRate:N0}/s, API {rate:N0}/s, ratio {rate / bareRate:0.00}, p99 {with.P99Milliseconds:0.0} ms");
            if (round == 0)
                continue;
            ratios.Add(rate / bareRate);
            rates.Add(rate);
            p99s.Add(with.P99Milliseconds);
        }
        Say($"single-sample posts, {options.Single} connections: median {Median(rates):N0} requests/s, ratio to bare Kestrel {Median(ratios):0.00}, p99 {Median(p99s):0.0} ms; peak {ProcessUsage.PeakMegabytes(server.Id):0} MB");
    }

    internal static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
