using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>LISTEN is each client's own.</summary>
public sealed class NotificationTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("LISTEN first; LISTEN second")]
    [InlineData("SELECT 1; LISTEN first; SELECT 2; LISTEN second;")]
    [InlineData("DO $$ BEGIN EXECUTE 'LISTEN first'; EXECUTE 'LIS' || 'TEN second'; END $$")]
    [InlineData("BEGIN; LISTEN first; LISTEN third; UNLISTEN third; LISTEN second; COMMIT")]
    [InlineData("LISTEN third; UNLISTEN *; LISTEN \"first\"; LISTEN SECOND")]
    public async Task A_client_hears_every_channel_it_listens_to_and_no_other(string listen)
    {
        await using var source = fixture.Source();
        await using var listener = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        var (heard, otherHeard) = (Hear(listener), Hear(other));
        await other.RunAsync("LISTEN third");

        await listener.RunAsync(listen);
        await other.RunAsync("NOTIFY first, '1'; NOTIFY second, '2'; NOTIFY third, '3'");

        await Wait.UntilAsync(async () => (await ListenedAsync(listener, heard)).Length >= 2, "both are heard");
        Assert.Equal(["first 1", "second 2"], heard.Order());
        Assert.Equal(["third 3"], await ListenedAsync(other, otherHeard));
        await listener.RunAsync("UNLISTEN *");
        await other.RunAsync("UNLISTEN *");
    }

    [Fact]
    public async Task A_listen_that_was_rolled_back_is_none()
    {
        await using var source = fixture.Source();
        await using var listener = await source.OpenConnectionAsync(Cancellation);
        var heard = Hear(listener);
        await listener.RunAsync("LISTEN kept");
        await listener.RunAsync("BEGIN");
        await listener.RunAsync("LISTEN undone");
        await listener.RunAsync("ROLLBACK");
        await source.RunAsync("NOTIFY undone; NOTIFY kept");
        await Wait.UntilAsync(async () => (await ListenedAsync(listener, heard)).Length > 0, "the other channel is heard");
        Assert.Equal(["kept "], heard);
    }

    [Theory]
    [InlineData("UNLISTEN *")]
    [InlineData("UNLISTEN shared")]
    [InlineData("DO $$ BEGIN EXECUTE 'UNLISTEN *'; END $$")]
    [InlineData("/* all */ DISCARD ALL")]
    public async Task Who_stops_listening_does_not_deafen_others(string stop)
    {
        await using var source = fixture.Source();
        await using var listener = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        var (heard, otherHeard) = (Hear(listener), Hear(other));
        await listener.RunAsync("LISTEN shared; LISTEN own");
        await other.RunAsync("LISTEN shared");
        await other.RunAsync(stop);

        await other.RunAsync("NOTIFY shared, 'a'; NOTIFY own, 'b'");

        await Wait.UntilAsync(async () => (await ListenedAsync(listener, heard)).Length >= 2, "both are heard");
        Assert.Equal(["own b", "shared a"], heard.Order());
        Assert.Empty(await ListenedAsync(other, otherHeard));
        await listener.RunAsync("UNLISTEN *");
    }

    [Fact]
    public async Task A_client_that_listens_and_notifies_in_one_message_hears_itself()
    {
        await using var source = fixture.Source();
        await using var listener = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        var (heard, otherHeard) = (Hear(listener), Hear(other));
        await other.RunAsync("LISTEN echo");
        await listener.RunAsync("LISTEN echo; NOTIFY echo, 'x'");
        Assert.Equal(["echo x"], await ListenedAsync(listener, heard));
        Assert.Equal(["echo x"], await ListenedAsync(other, otherHeard));
    }

    private static List<string> Hear(NpgsqlConnection connection)
    {
        List<string> heard = [];
        connection.Notification += (_, e) => heard.Add($"{e.Channel} {e.Payload}");
        return heard;
    }

    // Notifications come with the next answer, if not before.
    private static async Task<string[]> ListenedAsync(NpgsqlConnection connection, List<string> heard)
    {
        await connection.RunAsync("SELECT 1");
        return [.. heard];
    }
}
