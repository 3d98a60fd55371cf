using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.TestSupport;

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
        await UsageTable.ExecuteAsync(_database.DataSource, "SET timezone = 'America/New_York'");
        await UsageTable.ExecuteAsync(_database.DataSource, "CREATE TABLE instances (id uuid PRIMARY KEY, user_id uuid, name text, status text)");
        await UsageTable.ExecuteAsync(_database.DataSource, $"CREATE TABLE {table} (id uuid DEFAULT gen_random_uuid(), instance_id uuid, {columns})");
        for (var i = 0; i < 3; i++)
        {
            var (limitName, limit) = hasLimit ? (", memory_limit", ", 400") : ("", "");
            await UsageTable.ExecuteAsync(_database.DataSource,
                $"""
                INSERT INTO {table} (instance_id, "timestamp", cpu_usage, memory_usage, network_in{limitName})
                VALUES ('{instance}', '{Start.AddMinutes(i):yyyy-MM-dd HH:mm:ss}{(columns.StartsWith("\"timestamp\" timestamp,", StringComparison.Ordinal) ? "" : "+00")}', {i}, 100, {i * 10}{limit})
                """);
        }

        var reader = new UsageReader(new DatabaseExecutor(_database.DataSource, TimeProvider.System));
        Assert.Equal(UsageSchema.Legacy, (await reader.DetectAsync(Token)).Schema);
        var latest = await reader.LatestAsync(instance, Token);
        Assert.Equal((Start.AddMinutes(2), hasLimit ? 400L : null), (latest!.Value.Timestamp, latest.Value.Values.MemoryLimit));

        // The original takes samples without a time.
        await UsageTable.ExecuteAsync(_database.DataSource, $"INSERT INTO {table} (instance_id, cpu_usage) VALUES ('{instance}', 99)");
        await UsageTable.ExecuteAsync(_database.DataSource, $"INSERT INTO instances (id, name) VALUES ('{instance}', 'One')");
        foreach (var sort in Enum.GetValues<InstanceSort>())
            Assert.Equal((Start.AddMinutes(2), 2.0), (await reader.InstancesAsync(new() { Order = new(sort) }, Token)).Instances.Select(i => (i.LastSampleAt!.Value, i.CpuUsage!.Value)).Single());

        var bucket = Assert.Single(await reader.HistoryAsync(new(instance, Start.AddMinutes(1), Start.AddDays(1), 30), Token));
        Assert.Equal((Start, 1.5, 2L, 20m), (bucket.Timestamp, bucket.CpuUsage, bucket.SampleCount, bucket.NetworkIn));
        Assert.Equal(hasLimit ? 25.0 : null, bucket.MemoryPercentage);
    }
}
