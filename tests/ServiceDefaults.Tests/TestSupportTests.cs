using LaunchStack.TestSupport;

namespace LaunchStack.ServiceDefaults.Tests;

public class TestSupportTests
{
    [Fact]
    public async Task A_migrated_database_holds_the_schema()
    {
        await using var database = await TestTimescale.CreateAsync();
        await using var command = database.DataSource.CreateCommand("SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = 'resource_usage'");
        Assert.Equal(1L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_original_database_is_plain_postgresql()
    {
        await using var database = await TestPostgres.CreateAsync();
        await using var command = database.DataSource.CreateCommand("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'");
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_broker_answers()
    {
        var broker = await TestRabbitMq.StartAsync();
        Assert.StartsWith("amqp://", broker, StringComparison.Ordinal);
        Assert.Equal(broker, await TestRabbitMq.StartAsync());
    }
}
