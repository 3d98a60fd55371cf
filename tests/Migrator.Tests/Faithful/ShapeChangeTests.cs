using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>Tables and columns of users and instances that go, move or change their type between two passes.</summary>
public sealed class ShapeChangeTests
{
    [Fact]
    public async Task What_the_original_drops_takes_nothing_out_of_the_target()
    {
        await using var original = await Original.CreateAsync(2, "ALTER TABLE users ADD g int DEFAULT 5;" + RelationTests.People
            + """INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage) SELECT md5('i1')::uuid, now() - n * interval '1 hour', n FROM generate_series(1, 5) n;""");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        foreach (var (change, undo, cause) in new[]
        {
            ("ALTER TABLE users RENAME TO people", "ALTER TABLE people RENAME TO users", "The original has no table users any more (3 rows moved)"),
            ("ALTER TABLE instances RENAME name TO title", "ALTER TABLE instances RENAME title TO name", "public.instances of the original has no column name any more"),
            ("ALTER TABLE instances RENAME id TO key", "ALTER TABLE instances RENAME key TO id", "public.instances of the original has no column id any more"),
            ("ALTER TABLE users RENAME id TO key", "ALTER TABLE users RENAME key TO id", "public.users of the original has no column id any more"),
            ("ALTER TABLE users DROP g; ALTER TABLE users ADD g text DEFAULT 'abc'", "ALTER TABLE users DROP g; ALTER TABLE users ADD g int DEFAULT 5",
                "No row of public.users can be moved as it is now (3 g cannot be read as integer)"),
        })
        {
            await original.DataSource.RunAsync(change);
            Assert.StartsWith(cause, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message, StringComparison.Ordinal);
            Assert.Equal("3 3 3 5", await target.DataSource.ScalarAsync<string>(
                "SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM instances), (SELECT count(*) FROM payments), (SELECT count(*) FROM resource_usage))"));
            await original.DataSource.RunAsync(undo);
        }

        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Theory]
    [InlineData("ALTER TABLE users ALTER g TYPE bigint; UPDATE users SET g = 5000000000", "5000000000")]
    [InlineData("ALTER TABLE users DROP g; ALTER TABLE users ADD g text DEFAULT 'abc'", "abc")]
    public async Task A_column_that_has_another_type_since_the_copy_is_added_anew_by_the_remedy(string change, string value)
    {
        await using var original = await Original.CreateAsync(2, "ALTER TABLE users ADD g int DEFAULT 5;" + RelationTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync(change);
        const string remedy = "ALTER TABLE users DROP COLUMN \"g\"";
        Assert.Contains($"in the target: {remedy}", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message, StringComparison.Ordinal);
        await target.DataSource.RunAsync(remedy);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(value, await target.DataSource.ScalarAsync<string>("SELECT min(g)::text FROM users"));
    }

    [Fact]
    public async Task After_the_cutover_the_remedy_leaves_the_targets_values_alone()
    {
        await using var original = await Original.CreateAsync(2, "ALTER TABLE users ADD g int DEFAULT 5; ALTER TABLE resource_usages ADD g int DEFAULT 5;" + WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await original.DataSource.RunAsync("ALTER TABLE users ALTER g TYPE bigint; ALTER TABLE resource_usages ALTER g TYPE bigint");
        await target.DataSource.RunAsync("UPDATE users SET g = 9 WHERE username = 'u1'; INSERT INTO resource_usage (instance_id, timestamp, g) VALUES (md5('i1')::uuid, now(), 7)");
        foreach (var verb in new Func<Task>[] { () => WayBackTests.BackAsync(original, target), () => Verbs.VerifyAsync(original, target) })
        {
            var message = (await Assert.ThrowsAsync<RefusedException>(verb)).Message;
            await original.DataSource.RunAsync(message[message.IndexOf("After the cutover, in the original: ", StringComparison.Ordinal)..^1].Split(": ")[1]);
        }

        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal("9 7", await original.DataSource.ScalarAsync<string>("SELECT concat_ws(' ', (SELECT max(g) FROM users), (SELECT max(g) FROM resource_usages))"));
    }

    [Fact]
    public async Task Tables_that_went_to_another_schema_are_named_all_at_once_and_the_remedy_works()
    {
        await using var original = await Original.CreateAsync(2, RelationTests.People
            + """INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage) VALUES (md5('i1')::uuid, now() - interval '1 hour', 1), (md5('nobody')::uuid, now() - interval '1 hour', 2);""");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync(
            """
            CREATE SCHEMA "it's"; ALTER TABLE users SET SCHEMA "it's"; ALTER TABLE instances SET SCHEMA "it's"; ALTER TABLE payments SET SCHEMA "it's";
            ALTER TABLE resource_usages RENAME TO resource_usage; ALTER TABLE resource_usage SET SCHEMA "it's";
            """);
        var moved = new Npgsql.NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "\"it's\"" }.ConnectionString;
        var message = (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(moved, target.ConnectionString))).Message;
        var remedy = message[message.IndexOf("UPDATE migration_runs", StringComparison.Ordinal)..^" in the target.".Length];
        await target.DataSource.RunAsync(remedy);
        Assert.Equal(0, (await Verbs.CatchUpAsync(moved, target.ConnectionString)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(moved, target.ConnectionString)).Findings);
    }
}
