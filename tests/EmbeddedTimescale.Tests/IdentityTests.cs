using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>Roles, session authorization and settings are each client's own, however they were changed.</summary>
public sealed class IdentityTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SET ROLE {0}")]
    [InlineData("SET SESSION AUTHORIZATION {0}")]
    [InlineData("SELECT set_config('role', '{0}', false)")]
    [InlineData("SELECT set_config('session_authorization', '{0}', false)")]
    [InlineData("DO $$ BEGIN EXECUTE 'SET ROLE {0}'; END $$")]
    [InlineData("DO $$ BEGIN EXECUTE 'set session ' || 'authorization {0}'; END $$")]
    [InlineData("BEGIN; SET SESSION AUTHORIZATION {0}; SET ROLE none; COMMIT")]
    public async Task Who_one_client_is_does_not_reach_another_and_stays_with_its_own(string change)
    {
        await using var source = fixture.Source();
        var role = await RoleAsync(source);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        await connection.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, change, role));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("postgres postgres", await other.ScalarAsync<string>("SELECT current_user || ' ' || session_user"));
            Assert.Equal(role, await connection.ScalarAsync<string>("SELECT current_user::text"));
        }
        await connection.RunAsync("RESET SESSION AUTHORIZATION");
        await connection.RunAsync("RESET ROLE");
        Assert.Equal("postgres", await connection.ScalarAsync<string>("SELECT current_user::text"));
    }

    [Fact]
    public async Task A_role_that_is_gone_ends_the_client_that_had_it_and_nobody_else()
    {
        await using var source = fixture.Source();
        var role = await RoleAsync(source);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await connection.RunAsync($"SET ROLE {role}");
        await other.RunAsync($"DROP ROLE {role}");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.RunAsync("SELECT 1"));
        Assert.Equal("postgres", await other.ScalarAsync<string>("SELECT current_user::text"));
    }

    [Theory]
    [InlineData("PREPARE change(text) AS SELECT set_config('work_mem', $1, false)", "EXECUTE change('9MB')")]
    [InlineData("CREATE FUNCTION change_9() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'S' || 'ET work_mem = ''9MB'''; END $f$", "SELECT change_9()")]
    [InlineData("SELECT 1", "DO $$ BEGIN PERFORM set_config('work_mem', '9MB', false); END $$")]
    [InlineData("SELECT 1", "SELECT E'it\\'s'; SET work_mem = '9MB'; SELECT ' -- '")]
    [InlineData("SELECT 1", "/* /* */ ' */ SET work_mem = '9MB'")]
    [InlineData("SELECT 1", "BEGIN; SET LOCAL work_mem = '8MB'; SET work_mem = '9MB'; COMMIT")]
    public async Task A_setting_is_found_however_it_was_made(string before, string change)
    {
        await using var source = fixture.Source();
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.RunAsync(before);
        await connection.RunAsync(change);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("4MB", await other.ScalarAsync<string>("SHOW work_mem"));
            Assert.Equal("9MB", await connection.ScalarAsync<string>("SHOW work_mem"));
        }
        await connection.RunAsync("RESET ALL; DROP FUNCTION IF EXISTS change_9()");
    }

    [Theory]
    [InlineData("standard_conforming_strings", "off")]
    [InlineData("search_path", "\"a, b\", \"c\"\"d\", pg_catalog")]
    [InlineData("application_name", "it's a \\ name")]
    [InlineData("launchstack.own", "E'\\")]
    [InlineData("timezone", "Asia/Tokyo")]
    [InlineData("datestyle", "German, DMY")]
    [InlineData("statement_timeout", "1234567ms")]
    [InlineData("transaction_timeout", "1234567ms")]
    [InlineData("random_page_cost", "1.25")]
    [InlineData("default_transaction_isolation", "serializable")]
    [InlineData("default_transaction_read_only", "on")]
    public async Task A_setting_comes_back_as_it_was(string name, string value)
    {
        await using var source = fixture.Source();
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var usual = name == "launchstack.own" ? "" : await other.ScalarAsync<string>($"SHOW {name}");
        await connection.ScalarAsync<string>("SELECT set_config($1, $2, false)", name, value);
        var set = await connection.ScalarAsync<string>($"SELECT current_setting('{name}', true)");
        Assert.NotEqual(usual, set);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(usual, await other.ScalarAsync<string>($"SELECT coalesce(current_setting('{name}', true), '')"));
            Assert.Equal(set, await connection.ScalarAsync<string>($"SELECT current_setting('{name}', true)"));
        }
        await connection.RunAsync("RESET ALL");
    }

    [Fact]
    public async Task Reset_goes_back_to_what_a_server_has_within_one_message_too()
    {
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        Assert.Equal("\"$user\", public", await connection.ScalarAsync<string>("SET search_path = x; RESET search_path; SELECT current_setting('search_path')"));
        Assert.Equal("notice", await connection.ScalarAsync<string>("RESET ALL; SELECT current_setting('client_min_messages')"));
    }

    [Fact]
    public async Task Housekeeping_runs_as_the_owner_whatever_role_and_settings_clients_have()
    {
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path, "--checkpoint-seconds", "1");
        await using var source = GatewayFixture.Source(gateway);
        var role = await RoleAsync(source);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        await connection.RunAsync($"SET default_transaction_read_only = on; SET statement_timeout = 1; SET search_path = ''; SET ROLE {role}");
        const string Checkpoint = "SELECT redo_lsn::text FROM pg_control_checkpoint()";
        var before = await other.ScalarAsync<string>(Checkpoint);

        await Wait.UntilAsync(
            async () =>
            {
                await other.RunAsync("CREATE TABLE IF NOT EXISTS written (n int); INSERT INTO written VALUES (1)");
                await Assert.ThrowsAsync<PostgresException>(() => connection.RunAsync("CHECKPOINT"));
                return await other.ScalarAsync<string>(Checkpoint) != before;
            },
            "a checkpoint is made");

        Assert.DoesNotContain("crashed", gateway.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("maintenance", gateway.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER ROLE postgres SET role = 'nobody_special'")]
    [InlineData("ALTER ROLE postgres SET default_transaction_read_only = on; ALTER ROLE postgres SET search_path = 'nowhere'")]
    [InlineData("CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'; CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()")]
    public async Task Defaults_that_a_client_has_changed_do_not_keep_it_from_starting_again(string change)
    {
        using var directory = new TemporaryDirectory("gateway");
        await using (var gateway = await GatewayFixture.StartAsync(directory.Path))
        {
            await using var source = GatewayFixture.Source(gateway);
            await source.RunAsync("CREATE ROLE nobody_special");
            await source.RunAsync(change);
            await gateway.Process.KillAsync();
        }
        await using var again = await GatewayFixture.StartAsync(directory.Path);
        await using var after = GatewayFixture.Source(again);
        Assert.Equal(1, await after.ScalarAsync<int>("SELECT 1"));
    }

    private static async Task<string> RoleAsync(NpgsqlDataSource source)
    {
        var name = $"role_{Guid.NewGuid():N}";
        await source.RunAsync($"CREATE ROLE {name}");
        return name;
    }
}
