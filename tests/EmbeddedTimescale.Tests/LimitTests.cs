using System.Diagnostics;
using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>Nobody keeps the session from others for longer than the gateway is told.</summary>
public sealed class LimitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_sits_idle_in_a_transaction_is_ended_once_others_wait()
    {
        await using var database = await TestTimescale.CreateEmbeddedAsync(migrated: false, options: ["--idle-transaction", "1"]);
        await using var source = GatewayFixture.Source(database.Gateway!);
        await source.RunAsync("CREATE TABLE held (n int)");
        await using var holder = await source.OpenConnectionAsync(Cancellation);
        await holder.RunAsync("BEGIN");
        await holder.RunAsync("INSERT INTO held VALUES (1)");

        Assert.Equal(0L, await source.ScalarAsync<long>("SELECT count(*) FROM held"));

        var error = await Statement.FailsAsync(() => holder.RunAsync("COMMIT"), "25P03");
        Assert.Contains("one session", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_never_rests_is_ended_too()
    {
        await using var database = await TestTimescale.CreateEmbeddedAsync(migrated: false, options: ["--transaction", "2"]);
        await using var source = GatewayFixture.Source(database.Gateway!);
        await source.RunAsync("CREATE TABLE held (n int)");
        await using var holder = await source.OpenConnectionAsync(Cancellation);
        await holder.RunAsync("BEGIN");
        var busy = Task.Run(
            async () =>
            {
                while (true)
                    await holder.RunAsync("INSERT INTO held VALUES (1)");
            },
            Cancellation);

        Assert.Equal(0L, await source.ScalarAsync<long>("SELECT count(*) FROM held"));

        var error = await Assert.ThrowsAsync<PostgresException>(() => busy);
        Assert.Equal("25P04", error.SqlState);
        Assert.Contains("--transaction", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_ended_while_others_wait_and_only_then()
    {
        await using var database = await TestTimescale.CreateEmbeddedAsync(migrated: false, options: ["--transaction", "1"]);
        await using var source = GatewayFixture.Source(database.Gateway!);
        await using var holder = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await holder.RunAsync("SELECT pg_sleep(2)");

        var running = holder.RunAsync("SELECT pg_sleep(10000)");
        var watch = Stopwatch.StartNew();
        Assert.Equal(1, await other.ScalarAsync<int>("SELECT 1"));

        // The limit, and room for tests that run beside this one.
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(15));
        Assert.Equal("25P04", (await Assert.ThrowsAsync<PostgresException>(() => running)).SqlState);
    }
}
