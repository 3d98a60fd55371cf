using LaunchStack.Migrator.Tests.Copy;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class OriginalAccessTests
{
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

    /// <summary>Under the Apache licence a server reads chunks as if they held what is not compressed only; its catalog says which are.</summary>
    [Fact]
    public async Task Compressed_chunks_that_the_originals_server_does_not_show_are_refused()
    {
        await using var original = await Original.CreateAsync(3,
            """
            CREATE SCHEMA timescaledb_information; CREATE TABLE timescaledb_information.chunks (hypertable_schema name, hypertable_name name, is_compressed bool);
            INSERT INTO timescaledb_information.chunks VALUES ('public', 'resource_usage', true), ('public', 'resource_usage', false), ('public', 'other', true);
            """);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Empty((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
        await original.DataSource.RunAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(original.ConnectionString).Database} SET timescaledb.license = 'apache'");
        var problem = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
        Assert.StartsWith("1 chunk of \"public\".\"resource_usage\" of the original hold compressed rows", problem, StringComparison.Ordinal);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message);
    }
}
