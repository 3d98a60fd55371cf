using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class OriginalAccessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_that_a_policy_hides_are_not_lost_in_silence()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        var reader = $"reader_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync(
            $"""
            CREATE USER {reader}; GRANT pg_read_all_data TO {reader};
            ALTER TABLE resource_usages ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON resource_usages USING (instance_id = md5('i1')::uuid);
            """);
        var asReader = new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = reader }.ConnectionString;
        var expected = $"Row-level security hides rows of the original's \"public\".\"resource_usages\" from user \"{reader}\"";

        var problem = Assert.Single((await Verbs.PlanAsync(asReader, target.ConnectionString)).Problems);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.EndsWith($"ALTER ROLE \"{reader}\" BYPASSRLS.", problem, StringComparison.Ordinal);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CopyAsync(asReader, target.ConnectionString))).Message);
        Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT (SELECT count(*) FROM migration_runs) + (SELECT count(*) FROM users)"));

        await Original.CopyAsync(original, target);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.VerifyAsync(asReader, target.ConnectionString))).Message);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(asReader, target.ConnectionString))).Message);

        await original.DataSource.RunAsync($"ALTER ROLE {reader} BYPASSRLS");
        Assert.Empty((await Verbs.VerifyAsync(asReader, target.ConnectionString)).Findings);

        // The policy binds a view's owner, whoever reads it.
        await original.DataSource.RunAsync(
            $"ALTER ROLE {reader} NOBYPASSRLS; CREATE SCHEMA seen; CREATE VIEW seen.resource_usages AS TABLE resource_usages; ALTER VIEW seen.resource_usages OWNER TO {reader}");
        var throughView = new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "seen" }.ConnectionString;
        problem = Assert.Single((await Verbs.PlanAsync(throughView, target.ConnectionString)).Problems);
        Assert.EndsWith($"from user \"{reader}\", who owns the view: they would be lost (query would be affected by row-level security policy for table \"resource_usages\"). ALTER ROLE \"{reader}\" BYPASSRLS.", problem, StringComparison.Ordinal);
        await original.DataSource.RunAsync($"DROP OWNED BY {reader}; DROP USER {reader}");
    }

    /// <summary>A session without TimescaleDB, or under its Apache licence, reads a compressed chunk as an empty table.</summary>
    [Theory]
    [InlineData("SET timescaledb.restoring = on", "timescaledb_post_restore()")]
    [InlineData("CREATE FUNCTION current_setting(text, bool) RETURNS text LANGUAGE sql AS 'SELECT ''apache'''; SET search_path = public, pg_catalog", "Community edition")]
    [InlineData("CREATE FUNCTION current_setting(text, bool) RETURNS text LANGUAGE sql AS 'SELECT NULL'; SET search_path = public, pg_catalog", "shared_preload_libraries")]
    public async Task Compressed_rows_that_a_session_is_not_shown_are_not_lost_in_silence(string hides, string remedy)
    {
        await using var original = await TestTimescale.CreateAsync(migrated: false);
        await Original.FillAsync(original.DataSource, 3,
            """
            ALTER TABLE resource_usage DROP CONSTRAINT resource_usage_instance_id_fkey;
            SELECT create_hypertable('resource_usage', 'timestamp');
            INSERT INTO resource_usage (id, instance_id) SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 20);
            ALTER TABLE resource_usage SET (timescaledb.compress);
            SELECT compress_chunk(c) FROM show_chunks('resource_usage') c
            """);
        await using var connection = await original.DataSource.OpenConnectionAsync(Token);
        await connection.ExecuteAsync("SET timescaledb.enable_transparent_decompression = off", Token);
        await connection.ExecuteAsync(DatabaseConnection.SessionSettings, Token);
        Assert.Equal(20L, await connection.ScalarAsync<long>("SELECT count(*) FROM resource_usage", Token));
        await OriginalDatabase.DetectAsync(connection, Token);

        await connection.ExecuteAsync(hides, Token);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => OriginalDatabase.DetectAsync(connection, Token));
        Assert.StartsWith("Rows of the original's hypertable \"public\".\"resource_usage\" may be hidden", refused.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }
}
