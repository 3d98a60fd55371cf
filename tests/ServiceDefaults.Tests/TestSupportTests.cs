namespace LaunchStack.ServiceDefaults.Tests;

public class TestSupportTests
{
    [Fact]
    public async Task A_migrated_database_holds_the_schema()
    {
        await using var database = await TestTimescale.CreateAsync();
        Assert.Equal(1L, await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = 'resource_usage'"));
    }

    [Fact]
    public async Task An_original_database_is_plain_postgresql()
    {
        await using var database = await TestPostgres.CreateAsync();
        Assert.Equal(0L, await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"));
    }

    [Fact]
    public async Task A_broker_answers()
    {
        var broker = await TestRabbitMq.StartAsync();
        Assert.StartsWith("amqp://", broker, StringComparison.Ordinal);
        Assert.Equal(broker, await TestRabbitMq.StartAsync());
    }
}
