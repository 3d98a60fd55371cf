using System.Diagnostics;
using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>Many clients over the one session.</summary>
public sealed class SharingTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixteen_clients_at_once_each_get_their_own_answers()
    {
        await using var source = fixture.Source();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            for (var i = 0; i < 50; i++)
                Assert.Equal((client * 1000) + i, await connection.ScalarAsync<int>("SELECT $1 + $2", client * 1000, i));
        }));
    }

    [Fact]
    public async Task Interleaved_transactions_keep_their_writes_apart()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source, "client int, n int");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            for (var round = 0; round < 4; round++)
            {
                await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                for (var n = 0; n < 3; n++)
                    await connection.RunAsync($"INSERT INTO {table} VALUES ({client}, {round})");
                Assert.Equal(3L, await connection.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE client = $1 AND n = $2", client, round));
                if (round % 2 == 0)
                    await transaction.CommitAsync(Cancellation);
                else
                    await transaction.RollbackAsync(Cancellation);
            }
        }));
        Assert.Equal(16L * 2 * 3, await source.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task A_client_that_dies_inside_a_transaction_is_rolled_back()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        using var cable = new Cable(fixture.Gateway.Port);
        await using var doomed = fixture.Source(c => c.Port = cable.Port);
        var connection = await doomed.OpenConnectionAsync(Cancellation);
        await connection.RunAsync("BEGIN");
        await connection.RunAsync($"INSERT INTO {table} VALUES (1)");

        cable.Cut();

        Assert.Equal(0L, await source.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
        await source.RunAsync($"INSERT INTO {table} VALUES (2)");
        // Npgsql tries to roll back over the cut cable when it closes.
        await Record.ExceptionAsync(() => connection.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task A_job_of_many_long_statements_does_not_starve_the_others()
    {
        await using var source = fixture.Source();
        const string Long = "SELECT count(*) FROM generate_series(1, 400000) a";
        var running = true;
        var statements = 0;
        var job = Task.Run(
            async () =>
            {
                await using var connection = await source.OpenConnectionAsync(Cancellation);
                while (Volatile.Read(ref running))
                {
                    await connection.RunAsync(Long);
                    statements++;
                }
            },
            Cancellation);

        await using (var other = await source.OpenConnectionAsync(Cancellation))
        {
            await Wait.UntilAsync(() => statements > 1, "the job runs");
            var before = Volatile.Read(ref statements);
            for (var i = 0; i < 10; i++)
                await other.RunAsync("SELECT 1");
            // One of the job's statements, two at most, between two of ours.
            Assert.InRange(Volatile.Read(ref statements) - before, 0, 21);
        }
        Volatile.Write(ref running, false);
        await job;
    }

    [Fact]
    public async Task A_waiting_statement_is_taken_back_by_cancel()
    {
        await using var source = fixture.Source();
        await using var holder = await source.OpenConnectionAsync(Cancellation);
        await using var waiter = await source.OpenConnectionAsync(Cancellation);
        await holder.RunAsync("BEGIN");
        await using var command = new NpgsqlCommand("SELECT 1", waiter);
        var waiting = command.ExecuteScalarAsync(Cancellation);

        await Wait.UntilAsync(
            () =>
            {
                command.Cancel();
                return waiting.IsCompleted;
            },
            "the cancelled statement ends");

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal("57014", Assert.IsType<PostgresException>(cancelled.InnerException).SqlState);
        await holder.RunAsync("ROLLBACK");
        Assert.Equal(2, await waiter.ScalarAsync<int>("SELECT 2"));
    }

    [Fact]
    public async Task Clients_that_come_and_go_leave_nothing_behind()
    {
        await using var source = fixture.Source(c => c.Pooling = false);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 60; i++)
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await using var command = new NpgsqlCommand("SELECT $1::int", connection) { Parameters = { new() { Value = i } } };
            await command.PrepareAsync(Cancellation);
            Assert.Equal(i, await command.ExecuteScalarAsync(Cancellation));
        }
        Assert.Equal(0L, await source.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'g%'"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"60 connections took {watch.Elapsed}");
    }
}
