using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.History;

/// <summary>Reads as they work after a rollback, over each generation of the original table.</summary>
public sealed class OriginalReadingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private TestPostgres _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestPostgres.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("resource_usages", "\"timestamp\" timestamp, cpu_usage float8, memory_usage bigint, disk_usage bigint, network_in bigint, network_out bigint", false)]
    [InlineData("resource_usages", "\"timestamp\" timestamptz, cpu_usage float8, memory_usage bigint, memory_limit bigint, disk_usage bigint, network_in bigint, network_out bigint, deleted_at timestamptz", true)]
    [InlineData("resource_usage", "\"timestamp\" timestamptz, cpu_usage float8, memory_usage bigint, memory_limit bigint, network_in bigint, network_out bigint", true)]
    public async Task Every_generation_is_read(string table, string columns, bool hasLimit)
    {
        var instance = Guid.NewGuid();
        await _database.DataSource.RunAsync("SET timezone = 'America/New_York'");
        await _database.DataSource.RunAsync("CREATE TABLE instances (id uuid PRIMARY KEY, user_id uuid, name text, status text)");
        await _database.DataSource.RunAsync($"CREATE TABLE {table} (id uuid DEFAULT gen_random_uuid(), instance_id uuid, {columns})");
        for (var i = 0; i < 3; i++)
        {
            var (limitName, limit) = hasLimit ? (", memory_limit", ", 400") : ("", "");
            await _database.DataSource.RunAsync(
                $"""
                INSERT INTO {table} (instance_id, "timestamp", cpu_usage, memory_usage, network_in{limitName})
                VALUES ('{instance}', '{Start.AddMinutes(i):yyyy-MM-dd HH:mm:ss}{(columns.StartsWith("\"timestamp\" timestamp,", StringComparison.Ordinal) ? "" : "+00")}', {i}, 100, {i * 10}{limit})
                """);
        }

        var reader = new UsageReader(new DatabaseExecutor(_database.DataSource, TimeProvider.System));
        Assert.Equal(UsageSchema.Legacy, (await reader.DetectAsync(Token)).Schema);
        Assert.Null(await reader.RawRetentionAsync(Token));
        var latest = await reader.LatestAsync(instance, Token);
        Assert.Equal((Start.AddMinutes(2), hasLimit ? 400L : null), (latest!.Value.Timestamp, latest.Value.Values.MemoryLimit));

        // The original takes samples without a time.
        await _database.DataSource.RunAsync($"INSERT INTO {table} (instance_id, cpu_usage) VALUES ('{instance}', 99)");
        await _database.DataSource.RunAsync($"INSERT INTO instances (id, name) VALUES ('{instance}', 'One')");
        var until = (instance, PostgresTime.FromInstant(Start.AddMinutes(1)));
        Assert.Equal(new(new(20, PostgresTime.FromInstant(Start.AddMinutes(2))), null), (await reader.CountersAsync([until], Token))[instance]);
        foreach (var sort in Enum.GetValues<InstanceSort>())
            Assert.Equal((Start.AddMinutes(2), 2.0), (await reader.InstancesAsync(new() { Order = new(sort) }, Token)).Instances.Select(i => (i.LastSampleAt!.Value, i.CpuUsage!.Value)).Single());

        // Times and values that cannot be are in no answer, and counted.
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, on) =>
            {
                if (instrument.Meter.Name == ReadTelemetry.Name)
                    on.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, _, _) => counted.AddOrUpdate(instrument.Name, count, (_, sum) => sum + count));
        listener.Start();
        await _database.DataSource.RunAsync(
            $"""
            INSERT INTO {table} (instance_id, "timestamp", cpu_usage, memory_usage, network_in) VALUES
              ('{instance}', 'infinity', 1, 1, 1), ('{instance}', '-infinity', 1, 1, 1), ('{instance}', '280000-01-01', 1, 1, 1), ('{instance}', '4000-01-01 BC', 1, 1, 1),
              ('{instance}', now() + interval '10 days', 1, 1, 1), ('{instance}', '{Start.AddMinutes(1):yyyy-MM-dd HH:mm:ss}', 'NaN', -5, -10),
              ('{instance}', '{Start.AddMinutes(1.5):yyyy-MM-dd HH:mm:ss}', '-Infinity', -9223372036854775808, NULL), ('{instance}', '{Start.AddMinutes(1.5):yyyy-MM-dd HH:mm:ss}', 1e300, NULL, NULL)
            """);
        Assert.Equal(Start.AddMinutes(2), (await reader.LatestAsync(instance, Token))!.Value.Timestamp);
        foreach (var sort in Enum.GetValues<InstanceSort>())
            Assert.Equal(2.0, Assert.Single((await reader.InstancesAsync(new() { Order = new(sort) }, Token)).Instances).CpuUsage);
        Assert.Equal(
            (6L, 1.0, 2.0),
            (await reader.HistoryAsync(new(instance, Start, Start.AddDays(1), 1), Token)).Select(b => (b.SampleCount, b.CpuUsage!.Value, b.CpuMax!.Value)).Single());
        Assert.Equal(6L, counted["launchstack.usage.read.values_left_out"]);
        Assert.Equal(6L, counted["launchstack.usage.read.samples_left_out"]);
        await _database.DataSource.RunAsync($"DELETE FROM {table} WHERE memory_usage IS DISTINCT FROM 100");

        var bucket = Assert.Single(await reader.HistoryAsync(new(instance, Start.AddMinutes(1), Start.AddDays(1), 30), Token));
        Assert.Equal((Start, 1.5, 2L, 20m), (bucket.Timestamp, bucket.CpuUsage, bucket.SampleCount, bucket.NetworkIn));
        Assert.Equal(hasLimit ? 25.0 : null, bucket.MemoryPercentage);
    }

    /// <summary>As the migrator moves it, so it is read when it is back: what one takes, the other shows.</summary>
    [Fact]
    public async Task Numbers_of_other_types_are_read_as_they_are_moved()
    {
        await _database.DataSource.RunAsync("CREATE TABLE instances (id uuid PRIMARY KEY, user_id uuid, name text, status text)");
        (string Type, string Value, double? Read)[] doubles =
        [
            ("text", "'1e2'", 100), ("varchar(20)", "' +.5 '", 0.5), ("text", "'1000000'", 1e6), ("text", "'1000001'", null), ("text", "'NaN'", null),
            ("text", "'five'", null), ("text", "'-1'", null), ("numeric", "1e-400", null), ("numeric", "12.5", 12.5), ("real", "0.5", 0.5), ("bigint", "7", 7),
        ];
        foreach (var (type, value, read) in doubles)
            Assert.Equal((type, value, read), (type, value, (await LatestAsync($"cpu_usage {type}", value)).CpuUsage));
        (string Type, string Value, long? Read)[] wholes =
        [
            ("text", "'+5'", 5), ("text", "'0009223372036854775807'", long.MaxValue), ("text", "'9223372036854775808'", null), ("text", "'1.0'", null), ("text", "'-1'", null),
            ("numeric", "9223372036854775807", long.MaxValue), ("numeric", "9223372036854775808", null), ("float8", "1.5", null), ("float8", "'Infinity'", null),
            ("real", "4294967296", 4294967296), ("integer", "-1", null),
        ];
        foreach (var (type, value, read) in wholes)
            Assert.Equal((type, value, read), (type, value, (await LatestAsync($"memory_usage {type}", value)).MemoryUsage));
    }

    private async Task<SampleValues> LatestAsync(string column, string value)
    {
        await _database.DataSource.RunAsync("DROP TABLE IF EXISTS resource_usages");
        await _database.DataSource.RunAsync($"CREATE TABLE resource_usages (instance_id uuid, \"timestamp\" timestamptz, {column})");
        await _database.DataSource.RunAsync($"INSERT INTO resource_usages VALUES ('{Guid.Empty}', '2026-03-01 12:00+00', {value})");
        return (await new UsageReader(new DatabaseExecutor(_database.DataSource, TimeProvider.System)).LatestAsync(Guid.Empty, Token))!.Value.Values;
    }
}
