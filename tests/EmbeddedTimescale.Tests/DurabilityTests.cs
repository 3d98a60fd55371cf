using System.Diagnostics;
using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>What is left after the gateway was killed.</summary>
public sealed class DurabilityTests
{
    private const string Samples =
        """
        CREATE TABLE samples (instance int NOT NULL, at timestamptz NOT NULL, value float8, UNIQUE (instance, at));
        SELECT create_hypertable('samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
        ALTER TABLE samples SET (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'instance', timescaledb.orderby = 'at DESC');
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledged_rows_survive_a_kill_and_compressed_ones_stay_visible()
    {
        using var directory = new TemporaryDirectory("gateway");
        var acknowledged = 0;
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path))
        {
            await using var source = GatewayFixture.Source(gateway);
            await source.RunAsync(Samples);
            await source.RunAsync("INSERT INTO samples SELECT i % 10, '2026-01-01'::timestamptz + i * INTERVAL '1 minute', i FROM generate_series(0, 9999) i");
            foreach (var chunk in await ChunksAsync(source))
                await source.RunAsync($"SELECT compress_chunk('{chunk}')");
            await source.RunAsync("CREATE TABLE book (n int)");

            var writers = Enumerable.Range(0, 4).Select(async _ =>
            {
                await using var connection = await source.OpenConnectionAsync(Cancellation);
                while (true)
                {
                    await connection.RunAsync("INSERT INTO book SELECT generate_series(1, 100)");
                    Interlocked.Add(ref acknowledged, 100);
                }
            }).ToArray();
            await Wait.UntilAsync(() => Volatile.Read(ref acknowledged) > 20_000, "some rows are written");
            await gateway.Process.KillAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => Task.WhenAll(writers));
        }

        await using var again = await GatewayFixture.StartAsync(directory.Path);
        await using var after = GatewayFixture.Source(again);
        Assert.Equal(10_000L, await after.ScalarAsync<long>("SELECT count(*) FROM samples"));
        // At most what four writers had under way is there beyond what was acknowledged.
        Assert.InRange(await after.ScalarAsync<long>("SELECT count(*) FROM book"), acknowledged, acknowledged + 400);
        Assert.True(await after.ScalarAsync<bool>("SELECT bool_and(is_compressed) FROM timescaledb_information.chunks"));
    }

    [Fact]
    public async Task A_restart_after_many_writes_has_little_to_replay()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path, "--checkpoint-mb", "16"))
        {
            await using var source = GatewayFixture.Source(gateway);
            await source.RunAsync(Samples);
            for (var batch = 0; batch < 15; batch++)
                await source.RunAsync($"INSERT INTO samples SELECT i % 1000, '2026-01-01'::timestamptz + {batch} * INTERVAL '1 h' + i * INTERVAL '1 ms', i FROM generate_series(1, 20000) i");
            await Wait.UntilAsync(
                async () => await source.ScalarAsync<long>("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint FROM pg_control_checkpoint()") < 16 << 20,
                "a checkpoint was made by itself");
            await gateway.Process.KillAsync();
        }

        var watch = Stopwatch.StartNew();
        await using var again = await GatewayFixture.StartAsync(directory.Path);
        // 2 s on an idle machine; the limit leaves room for tests that run beside this one.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"the restart took {watch.Elapsed}");
        await using var after = GatewayFixture.Source(again);
        Assert.Equal(300_000L, await after.ScalarAsync<long>("SELECT count(*) FROM samples"));
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_directory_is_refused_until_the_first_is_gone()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using (var first = await GatewayFixture.StartAsync(directory.Path))
        {
            await using var second = EmbeddedGateway.Launch(directory.Path);
            await second.WaitForLineAsync($"in use by another gateway (process {first.Process.Id})");
            await Wait.UntilAsync(() => second.HasExited, "the second gateway ends");
            Assert.Equal(1, second.ExitCode);
            await first.Process.KillAsync();
        }
        await using var third = await GatewayFixture.StartAsync(directory.Path);
    }

    [Fact]
    public async Task It_stops_cleanly_on_sigterm_and_when_its_lifeline_is_cut()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path))
        {
            await using var source = GatewayFixture.Source(gateway);
            await source.RunAsync("CREATE TABLE kept AS SELECT 1 AS n");
            Assert.Equal(0, await gateway.Process.TerminateAsync());
        }
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path))
        {
            await using var source = GatewayFixture.Source(gateway);
            Assert.Equal(1L, await source.ScalarAsync<long>("SELECT count(*) FROM kept"));
            Assert.Equal(0, await gateway.Process.CloseInputAsync());
        }
    }

    [Theory]
    [InlineData("--host 0.0.0.0", "must be a loopback address")]
    [InlineData("--idle-transaction soon", "must be a whole number")]
    [InlineData("--checkpoint", "Unknown option")]
    public async Task Wrong_arguments_are_named(string arguments, string complaint)
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = EmbeddedGateway.Launch(directory.Path, arguments.Split(' '));
        await gateway.WaitForLineAsync(complaint);
        await Wait.UntilAsync(() => gateway.HasExited, "it ends");
        Assert.Equal(2, gateway.ExitCode);
    }

    private static async Task<List<string>> ChunksAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT c::text FROM show_chunks('samples') c");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        List<string> chunks = [];
        while (await reader.ReadAsync(Cancellation))
            chunks.Add(reader.GetString(0));
        return chunks;
    }
}
