using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Rows of several requests meet in the database.</summary>
public class MergingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_that_arrive_apart_meet_in_one_row_and_sums_only_grow()
    {
        await using var database = await TestTimescale.CreateAsync();
        var instance = Guid.NewGuid();
        await using (var register = database.DataSource.CreateCommand(
            $"INSERT INTO instances (id, name, status) VALUES ('{instance}', 'n8n', 'running')"))
            await register.ExecuteNonQueryAsync(Token);

        await using var writer = new UsageWriter(new DatabaseExecutor(database.DataSource, TimeProvider.System), new(), TimeProvider.System);
        var time = PostgresTime.FromInstant(TimeProvider.System.GetUtcNow());

        Task<UsageOutcome> WriteAsync(params SampleValues[] rows)
        {
            var batch = writer.CreateBatch(ConflictMode.Merge);
            for (var i = 0; i < rows.Length; i++)
                batch.Add(i, instance, time, rows[i]);
            return writer.WriteAsync(batch, Token);
        }

        var cpu = new SampleValues { CpuUsage = 10 };
        var memory = new SampleValues { MemoryUsage = 100 };
        var part = new SampleValues { NetworkIn = 7 };
        var whole = part with { NetworkIn = 15 };
        Assert.Equal((1, 0), Counts(await WriteAsync(cpu)));
        Assert.Equal((1, 0), Counts(await WriteAsync(memory)));
        Assert.Equal((1, 0), Counts(await WriteAsync(part)));
        Assert.Equal((1, 0), Counts(await WriteAsync(whole)));
        Assert.Equal((0, 1), Counts(await WriteAsync(part)));
        Assert.Equal((0, 1), Counts(await WriteAsync(cpu)));
        Assert.Equal((0, 2), Counts(await WriteAsync(memory, whole)));

        await using var read = database.DataSource.CreateCommand(
            "SELECT cpu_usage, memory_usage, network_in, memory_limit IS NULL FROM resource_usage");
        await using var reader = await read.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal((10.0, 100L, 15L, true), (reader.GetDouble(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetBoolean(3)));
        Assert.False(await reader.ReadAsync(Token));
    }

    private static (int, int) Counts(UsageOutcome outcome) => (outcome.Accepted, outcome.Duplicates);
}
