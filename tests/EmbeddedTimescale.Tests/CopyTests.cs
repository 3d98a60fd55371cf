using Npgsql;
using static LaunchStack.EmbeddedTimescale.Tests.RawClient;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>COPY in both directions.</summary>
public sealed class CopyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Binary_copy_into_a_hypertable_takes_all_rows()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source, "n int NOT NULL, at timestamptz NOT NULL, text text");
        await source.RunAsync($"SELECT create_hypertable('{table}', by_range('at', INTERVAL '1 hour'))");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using (var writer = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT binary)", Cancellation))
        {
            for (var n = 0; n < 50_000; n++)
                await writer.WriteRowAsync(Cancellation, n, DateTime.UnixEpoch.AddSeconds(n), $"row {n}");
            Assert.Equal(50_000UL, await writer.CompleteAsync(Cancellation));
        }
        Assert.Equal(50_000L * 49_999 / 2, await connection.ScalarAsync<long>($"SELECT sum(n) FROM {table}"));
    }

    [Theory]
    [InlineData("COPY {0} FROM STDIN")]
    [InlineData("copy {0} from /* the client */ stdout")]
    [InlineData("SELECT E'it\\'s'; COPY {0} FROM STDIN")]
    [InlineData("SELECT $$'$$, '--'; COPY {0} FROM STDIN; SELECT 'COPY x FROM STDIN'")]
    public async Task Copy_is_found_wherever_it_stands(string sql)
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(Query(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, table)));
        await client.UntilAsync('G');
        await client.SendAsync(Message('d', "1\n2"u8.ToArray()), Message('d', "3\n4\n"u8.ToArray()), Message('c'));
        Assert.Contains("CCOPY 3 ", await client.UntilAsync('Z'));
        Assert.Equal("1,4,23", await source.ScalarAsync<string>($"SELECT string_agg(n::text, ',' ORDER BY n) FROM {table}"));
    }

    [Fact]
    public async Task Two_copies_in_one_message_and_data_sent_ahead_arrive_in_order()
    {
        await using var source = fixture.Source();
        var (first, second) = (await fixture.TableAsync(source), await fixture.TableAsync(source));
        await using var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(
            Query($"COPY {first} FROM STDIN; COPY {second} FROM STDIN"),
            Message('d', "1\n"u8.ToArray()), Message('c'), Message('d', "2\n"u8.ToArray()), Message('d', "3\n"u8.ToArray()), Message('c'),
            Query($"SELECT 'rows ' || (SELECT count(*) FROM {first}) || (SELECT count(*) FROM {second})"));
        var answer = await client.UntilAsync('Z');
        Assert.Equal(["CCOPY 1 ", "CCOPY 2 "], answer.Where(message => message[0] == 'C'));
        Assert.Contains(await client.UntilAsync('Z'), message => message.Contains("rows 12", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Copy_by_the_extended_protocol_takes_rows()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(Parse("", $"COPY {table} FROM STDIN"), BindAndExecute(""), Sync);
        await client.UntilAsync('G');
        await client.SendAsync(Message('d', "7\n"u8.ToArray()), Message('c'), Sync);
        Assert.Contains("CCOPY 1 ", await client.UntilAsync('Z'));
        await client.SendAsync(Query("SELECT 'next'"));
        Assert.Contains("CSELECT 1 ", await client.UntilAsync('Z'));
        Assert.Equal(7, await source.ScalarAsync<int>($"SELECT n FROM {table}"));
    }

    [Fact]
    public async Task A_bad_row_fails_the_copy_and_what_is_still_on_its_way_is_dropped()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(Query($"COPY {table} FROM STDIN"), Message('d', "1\n"u8.ToArray()), Message('d', "bad\n"u8.ToArray()));
        Assert.Contains(await client.UntilAsync('Z'), message => message.Contains("22P02", StringComparison.Ordinal));
        await client.SendAsync(Message('d', "2\n"u8.ToArray()), Message('d', "3\n"u8.ToArray()), Message('c'), Query("SELECT 'after'"));
        Assert.Contains("CSELECT 1 ", await client.UntilAsync('Z'));
        Assert.Equal(0L, await source.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task A_copy_that_is_given_up_or_whose_client_dies_leaves_nothing()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using (var writer = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT binary)", Cancellation))
            await writer.WriteRowAsync(Cancellation, 1);
        Assert.Equal(1, await connection.ScalarAsync<int>("SELECT 1"));

        var client = await ConnectAsync(fixture.Gateway.Port);
        await client.SendAsync(Query($"COPY {table} FROM STDIN"), Message('d', "1\n"u8.ToArray()));
        await client.UntilAsync('G');
        client.Reset();

        Assert.Equal(0L, await source.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task A_copy_that_stalls_is_ended_once_others_wait()
    {
        await using var database = await TestTimescale.CreateEmbeddedAsync(migrated: false, options: ["--idle-transaction", "1"]);
        await using var source = GatewayFixture.Source(database.Gateway!);
        await source.RunAsync("CREATE TABLE held (n int)");
        await using var client = await ConnectAsync(database.Gateway!.Port);
        await client.SendAsync(Query("COPY held FROM STDIN"), Message('d', "1\n"u8.ToArray()));
        await client.UntilAsync('G');

        Assert.Equal(0L, await source.ScalarAsync<long>("SELECT count(*) FROM held"));

        Assert.Contains((await client.UntilAsync('E')), message => message.Contains("25P03", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Copy_out_of_a_table_works()
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var export = await connection.BeginBinaryExportAsync("COPY (SELECT generate_series(1, 100000)) TO STDOUT (FORMAT binary)", Cancellation);
        var rows = 0;
        while (await export.StartRowAsync(Cancellation) > 0)
            Assert.Equal(++rows, await export.ReadAsync<int>(Cancellation));
        Assert.Equal(100_000, rows);
    }
}
