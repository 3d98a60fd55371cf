using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>What ends the WebAssembly instance ends the client whose statement it was, and nobody else.</summary>
public sealed class CrashTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_others_go_on_with_all_that_is_theirs()
    {
        await using var source = fixture.Source(c => c.MaxAutoPrepare = 0);
        var table = await fixture.TableAsync(source);
        await using var culprit = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        var heard = new TaskCompletionSource<string>();
        other.Notification += (_, e) => heard.TrySetResult(e.Payload);
        await other.RunAsync($"SET work_mem = '9MB'; LISTEN news; PREPARE own AS SELECT 'own'; INSERT INTO {table} VALUES (1)");
        await using var prepared = new NpgsqlCommand("SELECT $1 + 1", other) { Parameters = { new() { Value = 1 } } };
        await prepared.PrepareAsync(Cancellation);

        var crashes = Count("the database is back");
        var deep = string.Concat(Enumerable.Repeat("1+", 60_000)) + "1";
        var error = await Assert.ThrowsAsync<PostgresException>(() => culprit.RunAsync($"BEGIN; INSERT INTO {table} VALUES (2); SELECT {deep}"));
        Assert.Equal("57P02", error.SqlState);

        Assert.Equal(2, await prepared.ExecuteScalarAsync(Cancellation));
        Assert.Equal("9MB", await other.ScalarAsync<string>("SHOW work_mem"));
        Assert.Equal("own", await other.ScalarAsync<string>("EXECUTE own"));
        Assert.Equal(1L, await other.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
        await source.RunAsync("NOTIFY news, 'hello'");
        await other.RunAsync("SELECT 1");
        Assert.Equal("hello", await heard.Task.WaitAsync(Cancellation));
        Assert.Equal(crashes + 1, Count("the database is back"));
    }

    [Theory]
    [InlineData("SELECT convert_from('\\xe4'::bytea, 'LATIN1')", "42883")]
    [InlineData("SET client_encoding = 'LATIN1'", "0A000")]
    [InlineData("CHECKPOINT; SELECT 1 / 0", "22012")]
    [InlineData("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P02'; END $$", "57P02")]
    [InlineData("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'XX000'; END $$", "XX000")]
    public async Task An_error_is_no_crash(string sql, string state)
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var crashes = Count("crashed");
        await Statement.FailsAsync(() => connection.RunAsync(sql), state);
        Assert.Equal(1, await source.ScalarAsync<int>("SELECT 1"));
        Assert.Equal(crashes, Count("crashed"));
    }

    private int Count(string said) => fixture.Gateway.Process.Output.Split(said).Length - 1;
}
