using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Alerts.Bench;

/// <summary>A database of its own on the server, with instances that sent a sample every 10 s, and rules.</summary>
internal sealed class BenchDatabase(NpgsqlDataSource source, string server, string name) : IAsyncDisposable
{
    /// <summary>The first tick.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    public NpgsqlDataSource Source => source;

    public static async Task<BenchDatabase> CreateAsync(string server, int instances, TimeSpan ticks)
    {
        var name = $"bench_{Guid.NewGuid():n}";
        await using (var admin = NpgsqlDataSource.Create(server))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name}"))
            await create.ExecuteNonQueryAsync();
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = name, CommandTimeout = 600 }.ConnectionString;
        await SchemaMigration.ApplyAsync(connection, new LifecycleOptions(), NullLogger.Instance, CancellationToken.None);
        var made = new BenchDatabase(NpgsqlDataSource.Create(connection), server, name);
        // In the order of time, as they arrive: an instance's rows lie far apart. Of a hundred instances one is over 95 % for a while.
        await made.ExecuteAsync(
            $"""
            INSERT INTO instances (id, name, status, created_at) SELECT md5(n::text)::uuid, 'n8n-' || n, 'running', '2026-11-01' FROM generate_series(1, {instances}) n;
            SELECT track_usage_changes(false);
            INSERT INTO resource_usage (instance_id, "timestamp", received_at, cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out)
            SELECT md5(n::text)::uuid, t + n % 10000 * interval '1 ms', t + n % 10000 * interval '1 ms' + interval '1 s',
                   CASE WHEN n % 100 = 0 AND extract(minute FROM t)::int % 20 < 12 THEN 99 ELSE 20 + n % 50 END, 300000000 + n, 536870912, 1073741824, extract(epoch FROM t) * 1000, 5000
            FROM generate_series('{Start.AddMinutes(-11):O}'::timestamptz, '{Start + ticks:O}', interval '10 s') t, generate_series(1, {instances}) n;
            SELECT track_usage_changes(true);
            VACUUM ANALYZE resource_usage;
            ANALYZE instances; ANALYZE alert_targets;
            """);
        return made;
    }

    /// <summary>Ten rules: the defaults, and five with spans of up to ten minutes.</summary>
    public Task AddRulesAsync(string span) => ExecuteAsync(
        $"""
        WITH more (name, measure, aggregate, above, below) AS (VALUES
            ('a', 'cpu_percentage', 'average', 97, 80), ('b', 'cpu_percentage', 'maximum', 98.5, 80), ('c', 'disk_usage', 'maximum', 2000000000, 1900000000),
            ('d', 'network_in_rate', 'average', 1000000, 900000), ('e', 'network_out_rate', 'maximum', 1000000, 900000)),
        rules AS (INSERT INTO alert_rules SELECT gen_random_uuid() FROM more RETURNING id)
        INSERT INTO alert_rule_versions (rule_id, version, name, measure, aggregate, span, above, raise_after, below, clear_after, severity, enabled)
        SELECT r.id, 1, m.name, m.measure, m.aggregate, interval '{span}', m.above, interval '1 min', m.below, interval '0', 'warning', true
        FROM (SELECT *, row_number() OVER () n FROM more) m JOIN (SELECT id, row_number() OVER () n FROM rules) r USING (n);
        UPDATE alert_rule_versions SET valid_from = '{Start:O}';
        UPDATE alert_progress SET first_tick = '{Start:O}', tick = '{Start - AlertTicks.Interval:O}';
        """);

    private async Task ExecuteAsync(string sql)
    {
        foreach (var statement in sql.Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await using var admin = NpgsqlDataSource.Create(server);
        await using var drop = admin.CreateCommand($"DROP DATABASE {name} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }
}
