using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Tests.Copy;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Legacy;

/// <summary>Where the writers of an original cannot be seen, that is said, and keeps it from being left.</summary>
public sealed class OpenTransactionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_foreign_table_beneath_asks_for_a_word_that_nothing_writes_there()
    {
        await using var original = await Original.CreateAsync(2,
            """
            CREATE EXTENSION file_fdw; CREATE SERVER away FOREIGN DATA WRAPPER file_fdw;
            CREATE FOREIGN TABLE elsewhere (instance_id uuid, "timestamp" timestamptz) SERVER away OPTIONS (filename '/dev/null');
            ALTER TABLE resource_usages RENAME TO here; CREATE VIEW resource_usages AS SELECT instance_id, "timestamp" FROM here UNION ALL TABLE elsewhere
            """);
        var open = await DescribeAsync(original.ConnectionString);
        Assert.StartsWith("elsewhere is a foreign table of server away, and who has transactions open there cannot be seen", open, StringComparison.Ordinal);
        Assert.Null(await DescribeAsync(original.ConnectionString, writesStopped: true));
    }

    [Fact]
    public async Task A_subscriber_and_a_standby_lag_behind_whatever_somebody_says()
    {
        await using var original = await Original.CreateAsync(2);
        Assert.Null(await DescribeAsync(original.ConnectionString));
        // A publisher is not asked for: no worker can start, and the catalog has what a copy of its tables would leave.
        await original.DataSource.RunAsync("CREATE SUBSCRIPTION \"Feed\" CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)");
        await original.DataSource.RunAsync(
            """
            SET allow_system_table_mods = on;
            INSERT INTO pg_subscription_rel SELECT oid, 'users'::regclass, 'r', NULL FROM pg_subscription WHERE subname = 'Feed';
            """);
        Assert.Null(await DescribeAsync(original.ConnectionString));
        await original.DataSource.RunAsync("ALTER SUBSCRIPTION \"Feed\" ENABLE");
        Assert.EndsWith("ALTER SUBSCRIPTION \"Feed\" DISABLE", await DescribeAsync(original.ConnectionString, writesStopped: true), StringComparison.Ordinal);
        await original.DataSource.RunAsync("ALTER SUBSCRIPTION \"Feed\" DISABLE");
        await original.DataSource.RunAsync("ALTER SUBSCRIPTION \"Feed\" SET (slot_name = NONE)");
        await original.DataSource.RunAsync("DROP SUBSCRIPTION \"Feed\"");

        await original.DataSource.RunAsync("CREATE FUNCTION pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'");
        var standby = new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "public,pg_catalog" }.ConnectionString;
        Assert.Contains("hot standby", await DescribeAsync(standby, writesStopped: true), StringComparison.Ordinal);
    }

    private static async Task<string?> DescribeAsync(string original, bool writesStopped = false)
    {
        await using var database = NpgsqlDataSource.Create(original);
        await using var connection = await database.OpenConnectionAsync(Token);
        return await OpenTransactions.DescribeAsync(connection, await OriginalDatabase.DetectAsync(connection, Token), writesStopped, Token);
    }
}
