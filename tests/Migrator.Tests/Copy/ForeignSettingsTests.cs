using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Tests.Faithful;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static LaunchStack.Usage.Database.SqlExtensions;

namespace LaunchStack.Migrator.Tests.Copy;

public sealed class ForeignSettingsTests
{
    private static readonly string[] Settings =
    [
        "statement_timeout = '5min'", "lock_timeout = '5min'", "idle_in_transaction_session_timeout = '5min'", "idle_session_timeout = '5min'", "standard_conforming_strings = off",
        "timezone = 'Asia/Kathmandu'", "datestyle = 'German'", "intervalstyle = 'sql_standard'", "bytea_output = 'escape'",
        "default_transaction_isolation = 'serializable'", "quote_all_identifiers = on", "transform_null_equals = on", "default_transaction_read_only = on",
    ];

    [Fact]
    public async Task What_the_originals_database_is_set_to_neither_ends_the_move_nor_changes_a_value()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await original.DataSource.RunAsync("ALTER TABLE payments ADD price money DEFAULT 1234.5, ADD raw bytea DEFAULT '\\x00ff', ADD span interval DEFAULT '-1 day 2 hours', ADD local timestamp DEFAULT '2026-10-25 02:30'");
        var name = new NpgsqlConnectionStringBuilder(original.ConnectionString).Database;
        await original.DataSource.RunAsync(string.Concat(Settings.Select(s => $"ALTER DATABASE {name} SET {s};")));
        await using var target = await TestTimescale.CreateAsync();

        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(
            "1234.50 -79200 2026-10-25 02:30:00",
            await target.DataSource.ScalarAsync<string>("SELECT concat_ws(' ', price::numeric, extract(epoch FROM span)::int, to_char(local, 'YYYY-MM-DD HH24:MI:SS')) FROM payments"));

        // Long work would meet these only after minutes.
        await using var opened = await DatabaseConnection.OpenAsync(
            DatabaseConnection.Prepare(original.ConnectionString), NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(0L, await opened.ScalarAsync<long>("SELECT count(*) FROM pg_settings WHERE name ~ '^(statement|lock|idle.*)_timeout$' AND setting <> '0'", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(";Load Balance Hosts=true")]
    [InlineData(";Target Session Attributes=prefer-standby;Load Balance Hosts=true")]
    public async Task Of_several_hosts_the_one_that_answers_does(string choice)
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync(migrated: false);
        var (from, to) = (WithDeadHost(original.ConnectionString), WithDeadHost(target.ConnectionString));

        Assert.Empty((await Verbs.PlanAsync(from, to)).Problems);
        await Verbs.CopyAsync(from, to);
        Assert.Empty((await Verbs.VerifyAsync(from, to)).Findings);
        await Verbs.CutoverAsync(from, to, limit: 100);
        Assert.Empty((await new ReverseSync(Verbs.Between(from, to)).RunAsync(write: true, TestContext.Current.CancellationToken)).Findings);

        string WithDeadHost(string connectionString)
        {
            var named = new NpgsqlConnectionStringBuilder(connectionString);
            named.Host = $"{named.Host}:1,{named.Host}:{named.Port}";
            return named.ConnectionString + choice;
        }
    }

    [Theory]
    [InlineData("Client Encoding=LATIN1;Encoding=iso-8859-1")]
    [InlineData("Client Encoding=LATIN1")]
    [InlineData("Encoding=iso-8859-1")]
    public async Task What_a_connection_string_says_of_encodings_changes_no_text(string encoding)
    {
        await using var original = await Original.CreateAsync(
            2, WayBackTests.People + """ALTER TABLE resource_usages ADD "größe" text DEFAULT 'é'; UPDATE users SET username = 'ü' WHERE username = 'u1'""");
        await using var target = await TestTimescale.CreateAsync();
        var (from, to) = ($"{original.ConnectionString};{encoding}", $"{target.ConnectionString};{encoding}");
        await Verbs.CopyAsync(from, to);
        Assert.Empty((await Verbs.VerifyAsync(from, to)).Findings);
        Assert.Equal("é", await target.DataSource.ScalarAsync<string>("SELECT \"größe\" FROM resource_usage"));
        Assert.Equal(1L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE username = 'ü'"));
    }

    [Theory]
    [InlineData("LATIN1", true)]
    [InlineData("SQL_ASCII", false)]
    public async Task Text_of_another_encoding_comes_over_and_text_of_none_is_refused(string encoding, bool known)
    {
        await using var server = await TestPostgres.CreateAsync();
        var name = $"test_{Guid.NewGuid():n}";
        await server.DataSource.RunAsync($"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        var original = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
        await using (var source = NpgsqlDataSource.Create(original))
        {
            await source.RunAsync(
                $"""
                CREATE TABLE instances (id uuid, name text); CREATE TABLE resource_usages (instance_id uuid, "timestamp" timestamptz);
                INSERT INTO instances VALUES (md5('i')::uuid, {(known ? "'été'" : "convert_from('\\xe974e9', 'SQL_ASCII')")});
                """);
        }

        await using var target = await TestTimescale.CreateAsync();
        if (known)
        {
            await Verbs.CopyAsync(original, target.ConnectionString);
            Assert.Empty((await Verbs.VerifyAsync(original, target.ConnectionString)).Findings);
            Assert.Equal("été", await target.DataSource.ScalarAsync<string>("SELECT name FROM instances"));
        }
        else
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Verbs.CopyAsync(original, target.ConnectionString));
            Assert.Contains("\"instances\" holds text that is not UTF-8", refused.Message, StringComparison.Ordinal);
        }

        await server.DataSource.RunAsync($"DROP DATABASE {name} WITH (FORCE)");
    }
}
