using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.History.Bench;

/// <summary>A database of its own on the server, with samples of the last days, rolled up, and in columns where the policy has them so.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    public const int Days = 30;

    private readonly NpgsqlDataSource _source;
    private readonly string _server;

    private BenchDatabase(string server, string connectionString, int instances)
    {
        (_server, ConnectionString, _source) = (server, connectionString, NpgsqlDataSource.Create(connectionString));
        Instances = [.. Enumerable.Range(0, instances).Select(n => new Guid(n, 0, 0, new byte[8]))];
    }

    public string ConnectionString { get; }

    public Guid[] Instances { get; }

    public static async Task<BenchDatabase> CreateAsync(string server, int instances, int samplesEach)
    {
        var name = $"bench_{Guid.NewGuid():n}";
        await using (var admin = NpgsqlDataSource.Create(server))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name}"))
            await create.ExecuteNonQueryAsync();
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = name, CommandTimeout = 0 }.ConnectionString;
        await SchemaMigration.ApplyAsync(connection, new LifecycleOptions(), NullLogger.Instance, CancellationToken.None);
        var made = new BenchDatabase(server, connection, instances);
        await made.FillAsync(samplesEach);
        return made;
    }

    /// <summary>The buckets of a history as a query over raw rows makes them.</summary>
    public async Task ScanAsync(Guid instance, string period, int points)
    {
        await using var command = _source.CreateCommand(
            """
            SELECT time_bucket($2::interval / $3, "timestamp") b, avg(cpu_usage), max(cpu_usage), avg(memory_usage), max(memory_usage), max(memory_limit),
                   avg(disk_usage), max(network_in) - min(network_in), max(network_out) - min(network_out), count(*)
            FROM resource_usage WHERE instance_id = $1 AND "timestamp" >= now() - $2::interval GROUP BY b ORDER BY b
            """);
        foreach (var value in (object[])[instance, period, points])
            command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            // What a client does with it is not measured on either side.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await using var admin = NpgsqlDataSource.Create(_server);
        await using var drop = admin.CreateCommand($"DROP DATABASE {new NpgsqlConnectionStringBuilder(ConnectionString).Database} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }

    // In the order of time, as they arrive.
    private async Task FillAsync(int samplesEach)
    {
        await ExecuteAsync("INSERT INTO instances (id, name, status, created_at, updated_at) SELECT id, 'n8n', 'running', now(), now() FROM unnest($1::uuid[]) id", Instances);
        await ExecuteAsync("SELECT track_usage_changes(false)");
        await ExecuteAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out)
            SELECT id, now() - n * interval '{Days} days' / {samplesEach}, n % 90, 300000000 + n, 536870912, 1073741824, ({samplesEach} - n) * 1000, 5000
            FROM generate_series({samplesEach}, 1, -1) n, unnest($1::uuid[]) id
            """, Instances);
        await ExecuteAsync("SELECT track_usage_changes(true)");
        foreach (var rollup in Usage.Rollup.All)
            await ExecuteAsync($"CALL refresh_continuous_aggregate('{rollup.Name}', NULL, now() - interval '{(int)rollup.Bucket.TotalMinutes} minutes')");
        await ExecuteAsync($"SELECT count(compress_chunk(c, true)) FROM show_chunks('resource_usage', older_than => interval '{new LifecycleOptions().CompressAfter.TotalDays} days') c");
        await ExecuteAsync("VACUUM ANALYZE");
    }

    private async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await command.ExecuteNonQueryAsync();
    }
}
