using System.Globalization;
using static LaunchStack.EmbeddedTimescale.Tests.RawClient;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>A client that does not read costs the others nothing, and little memory.</summary>
public sealed class SlowReaderTests
{
    private const string Big = "SELECT n, repeat('x', 1000) FROM generate_series(1, 300000) n";

    [Fact]
    public async Task An_answer_that_is_not_read_waits_on_disk_and_arrives_whole()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path);
        await using var source = GatewayFixture.Source(gateway);
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
        var before = Megabytes(gateway.Process.Id);

        await using var reader = await ConnectAsync(gateway.Port);
        await reader.SendAsync(Query(Big), Query("SELECT 'next'"));
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, await source.ScalarAsync<int>("SELECT $1::int", i));
        Assert.InRange(Megabytes(gateway.Process.Id) - before, -1000, 100);
        Assert.Empty(Directory.GetFiles(directory.Path, "unread-*").Skip(1));

        for (var expected = 1; expected <= 300_000; expected++)
        {
            var (type, body) = await reader.ReadAsync();
            if (type == 'T')
                (type, body) = await reader.ReadAsync();
            Assert.Equal('D', type);
            var length = body[5];
            Assert.Equal(expected, int.Parse(body.AsSpan(6, length), CultureInfo.InvariantCulture));
            Assert.Equal(1000, body.Length - 10 - length);
        }
        await reader.UntilAsync('Z');
        Assert.Contains("CSELECT 1 ", await reader.UntilAsync('Z'));
        await Wait.UntilAsync(() => Directory.GetFiles(directory.Path, "unread-*").Length == 0, "the file is removed");
    }

    [Fact]
    public async Task A_client_that_leaves_its_answer_unread_leaves_no_file()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path);
        await using var source = GatewayFixture.Source(gateway);
        var reader = await ConnectAsync(gateway.Port);
        await reader.SendAsync(Query(Big));
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
        reader.Reset();
        await Wait.UntilAsync(() => Directory.GetFiles(directory.Path, "unread-*").Length == 0, "the file is removed");
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task More_than_may_wait_ends_the_client_and_its_statement()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path, "--unread-mb", "8");
        await using var source = GatewayFixture.Source(gateway);
        await using var reader = await ConnectAsync(gateway.Port);
        await reader.SendAsync(Query("SELECT repeat('x', 1000), generate_series(1, 1000000000)"));
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
        await gateway.Process.WaitForLineAsync("does not read its answer");
        Assert.Empty(Directory.GetFiles(directory.Path, "unread-*"));
        await Assert.ThrowsAnyAsync<IOException>(() => reader.UntilAsync('E'));
    }

    [Fact]
    public async Task One_that_sits_in_a_transaction_with_its_answer_unread_is_ended_once_others_wait()
    {
        await using var database = await TestTimescale.CreateEmbeddedAsync(migrated: false, options: ["--idle-transaction", "1"]);
        await using var source = GatewayFixture.Source(database.Gateway!);
        await using var reader = await ConnectAsync(database.Gateway!.Port);
        await reader.SendAsync(Query("BEGIN"), Query(Big), Query("SELECT 2"));
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
    }

    private static long Megabytes(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
