using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Tests.Copy;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class OriginalCatalogTests
{
    [Fact]
    public async Task Of_several_tables_that_could_be_meant_none_is_taken_until_the_search_path_says_which()
    {
        await using var original = await Original.CreateAsync(2);
        await original.DataSource.RunAsync("CREATE SCHEMA old; CREATE TABLE old.resource_usages AS TABLE resource_usages; CREATE TABLE old.users (id uuid); INSERT INTO old.resource_usages DEFAULT VALUES");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => DetectAsync(original, path: null));
        Assert.Contains("\"old\".\"resource_usages\" (1 rows), \"public\".\"resource_usages\" (0 rows)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Search Path=old or Search Path=public;", refused.Message, StringComparison.Ordinal);

        var old = await DetectAsync(original, "old");
        Assert.Equal(("\"old\".\"resource_usages\"", "\"old\".\"users\""), (old.Samples.Quoted, old.Relations[0].Quoted));
        var current = await DetectAsync(original, "public");
        Assert.Equal(("\"public\".\"resource_usages\"", "\"public\".\"users\""), (current.Samples.Quoted, current.Relations[0].Quoted));

        // Of other tenants nothing is locked, and what may be meant is.
        Assert.Equal(["old.resource_usages", "old.users", "public.instances", "public.payments"], await LockableAsync(original, "old"));
        Assert.Equal(6, (await LockableAsync(original, path: null)).Count);

        // Two generations side by side, and a view that says which.
        await original.DataSource.RunAsync("DROP SCHEMA old CASCADE; CREATE TABLE resource_usage (instance_id uuid, \"timestamp\" timestamptz)");
        await Assert.ThrowsAsync<RefusedException>(() => DetectAsync(original, "public"));
        await original.DataSource.RunAsync("CREATE SCHEMA chosen; CREATE VIEW chosen.resource_usage AS TABLE resource_usage");
        var chosen = await DetectAsync(original, "chosen");
        Assert.Equal((3, "\"chosen\".\"resource_usage\"", 3), (chosen.Generation, chosen.Samples.Quoted, chosen.Relations.Count));
    }

    [Fact]
    public async Task Types_whose_values_an_older_server_does_not_know_are_text_there()
    {
        await using var original = await TestTimescale.CreateAsync(migrated: false);
        await original.DataSource.RunAsync("CREATE TABLE resource_usages (instance_id uuid, \"timestamp\" timestamptz, lapse interval, lapses interval[], path jsonpath)");
        await using var connection = await original.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var server = connection.PostgreSqlVersion.Major;
        foreach (var target in new[] { 16, 17 })
        {
            var found = await OriginalDatabase.DetectAsync(connection, TestContext.Current.CancellationToken, target);
            Assert.Equal(
                [.. server >= 17 && target < 17 ? ["text", "text"] : (string[])["interval", "interval[]"], target < server ? "text" : "jsonpath"],
                found.Samples.Columns.Skip(2).Select(c => c.TargetType));
        }
    }

    private static async Task<OriginalDatabase> DetectAsync(TestPostgres original, string? path)
    {
        await using var connection = await OpenAsync(original, path);
        return await OriginalDatabase.DetectAsync(connection, TestContext.Current.CancellationToken);
    }

    private static async Task<List<string>> LockableAsync(TestPostgres original, string? path)
    {
        await using var connection = await OpenAsync(original, path);
        return await OriginalCatalog.LockableAsync(connection, OriginalDatabase.Names, TestContext.Current.CancellationToken);
    }

    private static async Task<NpgsqlConnection> OpenAsync(TestPostgres original, string? path)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = path, Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
