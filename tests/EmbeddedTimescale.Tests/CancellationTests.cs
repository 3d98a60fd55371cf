using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>A statement that runs can be ended, and that ends nobody else's.</summary>
public sealed class CancellationTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Endless = "SELECT count(*) FROM generate_series(1, 1000000000000)";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Endless)]
    [InlineData("SELECT pg_sleep(10000)")]
    [InlineData("DO $$ BEGIN LOOP END LOOP; END $$")]
    [InlineData("SELECT 1 FROM pg_class a, pg_class b, pg_class c, pg_class d ORDER BY random()")]
    public async Task A_running_statement_is_cancelled_and_the_next_one_is_not(string endless)
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand(endless, connection);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var running = command.ExecuteNonQueryAsync(cancel.Token);
        var waiting = other.ScalarAsync<int>("SELECT 2");
        await cancel.CancelAsync();

        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("57014", Assert.IsType<PostgresException>(canceled.InnerException).SqlState);
        Assert.Equal(2, await waiting);
        Assert.Equal(3, await connection.ScalarAsync<int>("SELECT 3"));
        Assert.Equal(4L, await other.ScalarAsync<long>("SELECT count(*) FROM generate_series(1, 4)"));
    }

    [Fact]
    public async Task A_statement_that_takes_longer_than_its_client_allows_is_ended_and_others_are_not()
    {
        await using var source = fixture.Source();
        await using var hasty = await source.OpenConnectionAsync(Cancellation);
        await using var patient = await source.OpenConnectionAsync(Cancellation);
        await hasty.RunAsync("SET statement_timeout = '200ms'");

        var error = await Statement.FailsAsync(() => hasty.RunAsync(Endless), "57014");
        Assert.Contains("statement timeout", error.MessageText, StringComparison.Ordinal);
        await patient.RunAsync("SELECT pg_sleep(0.5)");

        await hasty.RunAsync("BEGIN; SET LOCAL statement_timeout = 0");
        await hasty.RunAsync("SELECT pg_sleep(0.5)");
        await hasty.RunAsync("ROLLBACK");
        await Statement.FailsAsync(() => hasty.RunAsync("SELECT pg_sleep(10000)"), "57014");
    }

    [Fact]
    public async Task A_command_that_times_out_at_its_client_frees_the_session()
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand(Endless, connection) { CommandTimeout = 1 };
        await Assert.ThrowsAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync(Cancellation));
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task A_cancelled_statement_fails_its_transaction_and_no_more()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.RunAsync("BEGIN");
        await connection.RunAsync($"INSERT INTO {table} VALUES (1)");
        await connection.RunAsync("SET LOCAL statement_timeout = '200ms'");
        await Statement.FailsAsync(() => connection.RunAsync(Endless), "57014");
        await Statement.FailsAsync(() => connection.RunAsync("SELECT 1"), "25P02");
        await connection.RunAsync("ROLLBACK");
        Assert.Equal(0L, await connection.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }
}
