using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>Prepared statements, settings and temporary tables are each client's own.</summary>
public sealed class StatementTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(20, true)]
    [InlineData(20, false)]
    public async Task Npgsql_works_with_and_without_prepared_statements_and_resets(int autoPrepare, bool noReset)
    {
        await using var source = fixture.Source(c => (c.MaxAutoPrepare, c.AutoPrepareMinUsages, c.NoResetOnClose, c.MaxPoolSize) = (autoPrepare, 2, noReset, 6));
        var table = await fixture.TableAsync(source, "n int PRIMARY KEY, text text");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (var i = 0; i < 30; i++)
            {
                await using var connection = await source.OpenConnectionAsync(Cancellation);
                var n = (client * 100) + i;
                await connection.ScalarAsync<int>($"INSERT INTO {table} VALUES ($1, $2) RETURNING n", n, $"text {n}");
                Assert.Equal($"text {n}", await connection.ScalarAsync<string>($"SELECT text FROM {table} WHERE n = $1", n));
            }
        }));
        Assert.Equal(240L, await source.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task Statements_prepared_by_two_clients_under_one_name_stay_apart()
    {
        // Npgsql numbers its statements the same way on every connection.
        await using var source = fixture.Source();
        await using var first = await source.OpenConnectionAsync(Cancellation);
        await using var second = await source.OpenConnectionAsync(Cancellation);
        await using var one = new NpgsqlCommand("SELECT 'first ' || $1", first) { Parameters = { new() { Value = "a" } } };
        await using var two = new NpgsqlCommand("SELECT 'second ' || $1", second) { Parameters = { new() { Value = "b" } } };
        await one.PrepareAsync(Cancellation);
        await two.PrepareAsync(Cancellation);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("first a", await one.ExecuteScalarAsync(Cancellation));
            Assert.Equal("second b", await two.ExecuteScalarAsync(Cancellation));
        }

        await first.RunAsync("DISCARD ALL");
        await second.RunAsync("DEALLOCATE ALL");
        await using var third = await source.OpenConnectionAsync(Cancellation);
        await using var three = new NpgsqlCommand("SELECT 3", third);
        await three.PrepareAsync(Cancellation);
        await third.RunAsync("SELECT 1");
        Assert.Equal(3, await three.ExecuteScalarAsync(Cancellation));
    }

    [Theory]
    [InlineData("DEALLOCATE ALL")]
    [InlineData("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")]
    [InlineData("/* of everybody */ DISCARD ALL")]
    [InlineData("SELECT 1; DEALLOCATE PREPARE ALL")]
    public async Task Who_drops_all_prepared_statements_drops_its_own(string drop)
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await using var mine = new NpgsqlCommand("SELECT 'mine ' || $1", connection) { Parameters = { new() { Value = "a" } } };
        await using var second = new NpgsqlCommand("SELECT 'second ' || $1", connection) { Parameters = { new() { Value = "b" } } };
        await mine.PrepareAsync(Cancellation);
        await second.PrepareAsync(Cancellation);
        await connection.RunAsync("PREPARE plain AS SELECT 'plain'");
        await using var theirs = new NpgsqlCommand("SELECT 3", other);
        await theirs.PrepareAsync(Cancellation);

        await other.RunAsync(drop);

        Assert.Equal("mine a", await mine.ExecuteScalarAsync(Cancellation));
        Assert.Equal("plain", await connection.ScalarAsync<string>("EXECUTE plain"));
        Assert.Equal("second b", await second.ExecuteScalarAsync(Cancellation));
        await Statement.FailsAsync(() => theirs.ExecuteScalarAsync(Cancellation), "26000");
    }

    [Fact]
    public async Task Prepare_of_one_client_is_not_seen_by_another()
    {
        await using var source = fixture.Source();
        await using var first = await source.OpenConnectionAsync(Cancellation);
        await using var second = await source.OpenConnectionAsync(Cancellation);
        await first.RunAsync("SET work_mem = '5MB'; PREPARE same(int) AS SELECT 'first; ' || $1; PREPARE \"Other\" AS SELECT 2");
        await Statement.FailsAsync(() => second.RunAsync("EXECUTE same(1)"), "26000");
        await second.RunAsync("PREPARE same(int) AS SELECT 'second ' || $1");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal($"first; {i}", await first.ScalarAsync<string>($"EXECUTE same({i})"));
            Assert.Equal($"second {i}", await second.ScalarAsync<string>($"EXECUTE same({i})"));
            Assert.Equal(2, await first.ScalarAsync<int>("EXECUTE \"Other\""));
        }
        await first.RunAsync("DEALLOCATE same");
        Assert.Equal("second 9", await second.ScalarAsync<string>("EXECUTE same(9)"));
        await Statement.FailsAsync(() => first.RunAsync("EXECUTE same(1)"), "26000");
    }

    [Fact]
    public async Task Settings_of_one_client_do_not_reach_another_and_stay_with_their_own()
    {
        await using var source = fixture.Source();
        await using var first = await source.OpenConnectionAsync(Cancellation);
        await using var second = await source.OpenConnectionAsync(Cancellation);

        await first.RunAsync("SET statement_timeout = '77s'");
        await first.RunAsync("SET search_path = pg_catalog");
        await second.RunAsync("SELECT set_config('work_mem', '9MB', false)");

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("77s", await first.ScalarAsync<string>("SHOW statement_timeout"));
            Assert.Equal("pg_catalog", await first.ScalarAsync<string>("SHOW search_path"));
            Assert.Equal("4MB", await first.ScalarAsync<string>("SHOW work_mem"));
            Assert.Equal("0", await second.ScalarAsync<string>("SHOW statement_timeout"));
            Assert.Equal("\"$user\", public", await second.ScalarAsync<string>("SHOW search_path"));
            Assert.Equal("9MB", await second.ScalarAsync<string>("SHOW work_mem"));
        }

        await first.RunAsync("RESET ALL");
        Assert.Equal("0", await first.ScalarAsync<string>("SHOW statement_timeout"));
        Assert.Equal("\"$user\", public", await first.ScalarAsync<string>("SHOW search_path"));
        Assert.Equal("notice", await first.ScalarAsync<string>("SHOW client_min_messages"));
        await second.RunAsync("DISCARD ALL");
        Assert.Equal("4MB", await second.ScalarAsync<string>("SHOW work_mem"));
    }

    [Fact]
    public async Task Settings_that_a_rolled_back_transaction_made_are_gone()
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.RunAsync("BEGIN");
        await connection.RunAsync("SET work_mem = '8MB'");
        await connection.RunAsync("ROLLBACK");
        await source.RunAsync("SELECT 1");
        Assert.Equal("4MB", await connection.ScalarAsync<string>("SHOW work_mem"));
    }

    [Fact]
    public async Task Settings_of_the_connection_string_hold()
    {
        await using var source = fixture.Source(c => (c.Timezone, c.SearchPath, c.Options) = ("Asia/Tokyo", "pg_catalog", "-c work_mem=12MB"));
        await using var plain = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        Assert.Equal("GMT", await plain.ScalarAsync<string>("SHOW timezone"));
        Assert.Equal("Asia/Tokyo", await connection.ScalarAsync<string>("SHOW timezone"));
        Assert.Equal("pg_catalog", await connection.ScalarAsync<string>("SHOW search_path"));
        Assert.Equal("12MB", await connection.ScalarAsync<string>("SHOW work_mem"));

        await using var wrong = fixture.Source(c => c.Options = "-c no_such_setting=1");
        await Statement.FailsAsync(() => wrong.RunAsync("SELECT 1"), "42704");
    }

    [Fact]
    public async Task A_temporary_table_goes_with_its_client()
    {
        await using var source = fixture.Source(c => c.Pooling = false);
        for (var i = 0; i < 3; i++)
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await connection.RunAsync("CREATE TEMP TABLE scratch (n int)");
        }
    }
}
