using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>What the gateway offers over HTTP on the database's port.</summary>
public sealed class SnapshotTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_snapshot_taken_while_writers_run_starts_with_every_row_committed_before_it()
    {
        using var directory = new TemporaryDirectory("gateway");
        using var restored = new TemporaryDirectory("restored");
        long before, after;
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path, "--checkpoint-seconds", "1", "--checkpoint-mb", "1"))
        {
            await using var source = GatewayFixture.Source(gateway);
            await source.RunAsync(
                """
                CREATE TABLE samples (instance int NOT NULL, at timestamptz NOT NULL, value float8, UNIQUE (instance, at));
                SELECT create_hypertable('samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
                ALTER TABLE samples SET (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'instance', timescaledb.orderby = 'at DESC');
                INSERT INTO samples SELECT i % 10, '2026-01-01'::timestamptz + i * INTERVAL '1 minute', i FROM generate_series(0, 9999) i;
                SELECT compress_chunk(c) FROM show_chunks('samples') c;
                CREATE TABLE book (writer int, n int, filler text)
                """);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var written = 0L;
            var writers = Enumerable.Range(0, 3).Select(writer => WriteAsync(source, writer, () => Interlocked.Increment(ref written), stop.Token)).ToArray();
            await Wait.UntilAsync(() => Interlocked.Read(ref written) > 20, "the writers write");
            before = await source.ScalarAsync<long>("SELECT count(*) FROM book");

            await using (var archive = await GetSnapshotAsync(gateway))
                await TarFile.ExtractToDirectoryAsync(new GZipStream(archive, CompressionMode.Decompress), restored.Path, overwriteFiles: false, Cancellation);

            after = await source.ScalarAsync<long>("SELECT count(*) FROM book");
            await stop.CancelAsync();
            await Task.WhenAll(writers.Select(writer => Record.ExceptionAsync(() => writer).AsTask()));
        }

        await using var again = await GatewayFixture.StartAsync(restored.Path);
        await using var copy = GatewayFixture.Source(again);
        Assert.Equal(10_000L, await copy.ScalarAsync<long>("SELECT count(*) FROM samples"));
        Assert.InRange(await copy.ScalarAsync<long>("SELECT count(*) FROM book"), before, after);
        // Each writer's transactions are whole and without a gap.
        Assert.True(await copy.ScalarAsync<bool>("SELECT bool_and(rows = 10 * last) FROM (SELECT count(*) AS rows, max(n) AS last FROM book GROUP BY writer) w"));
        await copy.RunAsync("INSERT INTO samples VALUES (1, '2026-03-01', 1); SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('samples') c");
        Assert.Equal(10_001L, await copy.ScalarAsync<long>("SELECT count(*) FROM samples"));
    }

    [Fact]
    public async Task A_snapshot_needs_the_password_and_is_cut_off_when_a_client_makes_a_checkpoint()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path);
        await using var source = GatewayFixture.Source(gateway);
        using var http = Http(gateway, "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/snapshot", UriKind.Relative), Cancellation)).StatusCode);

        var archive = await GetSnapshotAsync(gateway);
        Assert.NotEqual(-1, archive.ReadByte());
        using (var second = Http(gateway))
            Assert.Equal(HttpStatusCode.Conflict, (await second.GetAsync(new Uri("/snapshot", UriKind.Relative), Cancellation)).StatusCode);
        await source.RunAsync("CREATE TABLE t AS SELECT 1 AS n");
        await source.RunAsync("CHECKPOINT");
        await Assert.ThrowsAnyAsync<IOException>(() => archive.CopyToAsync(Stream.Null, Cancellation));
        await archive.DisposeAsync();
    }

    [Fact]
    public async Task Health_tells_that_compressed_rows_are_visible_and_never_waits()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path);
        await using var source = GatewayFixture.Source(gateway);
        await using var holder = await source.OpenConnectionAsync(Cancellation);
        await holder.RunAsync("BEGIN");
        var waiting = source.ScalarAsync<int>("SELECT 1");
        using var http = Http(gateway);

        var health = await http.GetFromJsonAsync<JsonElement>(new Uri("/health", UriKind.Relative), Cancellation);

        Assert.Equal("healthy", health.GetProperty("status").GetString());
        Assert.True(health.GetProperty("compressed_rows").GetProperty("visible").GetBoolean());
        Assert.True(health.GetProperty("scheduler").GetProperty("alive").GetBoolean());
        Assert.Equal(0, health.GetProperty("crashes").GetInt32());
        await holder.RunAsync("ROLLBACK");
        Assert.Equal(1, await waiting);
    }

    private static async Task WriteAsync(NpgsqlDataSource source, int writer, Action written, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        for (var n = 1; !cancellationToken.IsCancellationRequested; n++)
        {
            await using var command = new NpgsqlCommand($"INSERT INTO book SELECT {writer}, {n}, repeat('x', 2000) FROM generate_series(1, 10)", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            written();
        }
    }

    private static async Task<Stream> GetSnapshotAsync(EmbeddedGateway gateway)
    {
        var response = await Http(gateway).GetAsync(new Uri("/snapshot", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync(Cancellation);
    }

    private static HttpClient Http(EmbeddedGateway gateway, string password = "test-password")
    {
        var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{gateway.Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"postgres:{password}")));
        return client;
    }
}
