using static LaunchStack.EmbeddedTimescale.Tests.RawClient;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>What a client sends runs in the order it was sent, to the last message.</summary>
public sealed class OrderTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("terminate")]
    [InlineData("shutdown")]
    [InlineData("reset")]
    public async Task What_was_sent_before_the_end_runs(string end)
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        var (client, busy) = (await ConnectAsync(fixture.Gateway.Port), await ConnectAsync(fixture.Gateway.Port));
        await busy.SendAsync(Query("SELECT pg_sleep(1)"));
        await client.SendAsync(
            Query($"INSERT INTO {table} VALUES (1)"),
            Parse("s", $"INSERT INTO {table} VALUES (2)"), BindAndExecute("s"), Sync,
            BindAndExecute("s"), Sync);
        if (end == "terminate")
            await client.SendAsync(Terminate);
        if (end == "shutdown")
            client.Shutdown();
        else
            await client.DisposeAsync();

        await busy.UntilAsync('Z');
        await Wait.UntilAsync(async () => await source.ScalarAsync<long>($"SELECT count(*) FROM {table}") == 3, "all three statements have run");
        await busy.DisposeAsync();
        await client.DisposeAsync();
    }

    [Fact]
    public async Task What_has_no_sync_and_what_comes_after_the_end_does_not_run()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using (var client = await ConnectAsync(fixture.Gateway.Port))
        {
            await client.SendAsync(
                Query($"INSERT INTO {table} VALUES (1)"),
                Parse("", $"INSERT INTO {table} VALUES (2)"), BindAndExecute(""), Terminate,
                Query($"INSERT INTO {table} VALUES (3)"));
            await client.UntilAsync('Z');
        }
        await using (var client = await ConnectAsync(fixture.Gateway.Port))
        {
            await client.SendAsync(Query("BEGIN"), Query($"INSERT INTO {table} VALUES (4)"), Terminate);
            await client.UntilAsync('Z');
        }
        Assert.Equal("1", await source.ScalarAsync<string>($"SELECT string_agg(n::text, ',') FROM {table}"));
    }

    [Fact]
    public async Task The_answers_to_all_that_was_sent_arrive_although_the_client_sends_no_more()
    {
        await using var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(Query("SELECT repeat('x', 100000) FROM generate_series(1, 100)"), Query("SELECT 'last'"));
        client.Shutdown();
        await client.UntilAsync('Z');
        Assert.Contains("CSELECT 1 ", await client.UntilAsync('Z'));
        await Assert.ThrowsAsync<EndOfStreamException>(client.ReadAsync);
    }
}
