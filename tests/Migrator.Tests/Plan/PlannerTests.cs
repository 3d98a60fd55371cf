using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Tests.Copy;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Plan;

public sealed class PlannerTests
{
    [Fact]
    public async Task A_plan_foretells_the_books_of_the_copy_and_changes_nothing()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync(migrated: false);
        const string Relations = "SELECT count(*) FROM pg_class";
        var before = await target.DataSource.ScalarAsync<long>(Relations);

        var plan = await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString, new LifecycleOptions { RawRetention = TimeSpan.FromDays(15) });

        Assert.Empty(plan.Problems);
        Assert.Equal(("empty", before), (plan.Target!.State, await target.DataSource.ScalarAsync<long>(Relations)));
        Assert.Equal(2, plan.Original!.Generation);
        Assert.Equal(
            (Original.DirtyMoved + Original.DirtyQuarantined, Original.DirtyMoved, Original.DirtyQuarantined),
            (plan.Original.Books.SourceRows, plan.Original.Books.MovedRows, plan.Original.Books.QuarantinedRows));
        Assert.Equal(Original.DirtyQuarantined, plan.Original.Dirt.Values.Sum());
        Assert.Equal(7, plan.Original.Dirt["duplicate: another sample of this instance and time was created first"]);
        Assert.Equal((1, 1), (plan.Original.SoftDeleted, plan.Original.Redated));
        Assert.Contains(plan.Warnings, w => w.StartsWith("With a created_at that cannot be (0001-01-01, infinity): 1 sample, ", StringComparison.Ordinal));
        Assert.InRange(plan.Original.BeyondRetention, 900, 1000);
        Assert.Contains(plan.Warnings, w => w.Contains("RawRetention", StringComparison.Ordinal));
        Assert.Equal((await Original.CopyAsync(original, await MigratedAsync(target))).Samples, plan.Original.Books);
    }

    [Fact]
    public async Task What_could_not_work_is_refused_with_the_remedy()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await using var plain = await TestPostgres.CreateAsync();

        var stranger = await Verbs.PlanAsync(
            new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = "nobody_of_that_name" }.ConnectionString, plain.ConnectionString);
        Assert.Contains(stranger.Problems, p => p.StartsWith("ConnectionStrings__original:", StringComparison.Ordinal));
        await plain.DataSource.RunAsync("CREATE TABLE users (id int)");
        var foreign = await Verbs.PlanAsync(plain.ConnectionString, plain.ConnectionString);
        Assert.Contains(foreign.Problems, p => p.Contains("neither resource_usages nor resource_usage", StringComparison.Ordinal));
        Assert.Contains(foreign.Problems, p => p.Contains("did not make", StringComparison.Ordinal));

        await target.DataSource.RunAsync("INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES (gen_random_uuid(), now())");
        Assert.Contains(
            (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems, p => p.Contains("that no move brought", StringComparison.Ordinal));
        Assert.Contains("that no move brought", (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message, StringComparison.Ordinal);

        var reader = $"reader_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {reader}; GRANT SELECT ON instances, users, payments TO {reader}");
        var asReader = new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = reader }.ConnectionString;
        Assert.Contains(
            (await Verbs.PlanAsync(asReader, target.ConnectionString)).Problems,
            p => p.Contains("GRANT SELECT ON \"public\".\"resource_usages\"", StringComparison.Ordinal));
        await original.DataSource.RunAsync($"DROP OWNED BY {reader}; DROP USER {reader}");
    }

    [Fact]
    public async Task More_chunks_than_the_servers_locks_allow_are_refused_by_plan_and_copy_and_longer_ones_help()
    {
        await using var original = await Original.CreateAsync(2);
        await using var target = await TestTimescale.CreateAsync(migrated: false);
        var locks = await target.DataSource.ScalarAsync<int>(
            "SELECT current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int)");
        await original.DataSource.RunAsync(
            $"""
            INSERT INTO instances (id, name, status) VALUES (md5('i')::uuid, 'n', 'running');
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) SELECT md5('i')::uuid, t, 1, t
            FROM generate_series(now() - {locks / 5 + 10} * interval '1 day', now() - interval '9 days', interval '1 day') t;
            """);
        var problem = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
        Assert.Contains("Set max_locks_per_transaction", problem, StringComparison.Ordinal);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message);
        Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_runs"));

        var longer = new LifecycleOptions { ChunkInterval = TimeSpan.FromDays(60) };
        Assert.Empty((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString, longer)).Problems);
        Assert.Equal(0, (await Verbs.CopyAsync(original.ConnectionString, target.ConnectionString, lifecycle: longer)).Samples.QuarantinedRows);
    }

    [Fact]
    public async Task What_copy_would_refuse_the_plan_foretells_with_the_same_words()
    {
        await using var original = await Original.CreateAsync(2);
        await using var target = await TestTimescale.CreateAsync();
        await original.DataSource.RunAsync("ALTER TABLE resource_usages ADD \"Order\" text");
        await target.DataSource.RunAsync("ALTER TABLE resource_usage ADD \"Order\" integer");
        await RefusedAsync("ALTER TABLE resource_usage DROP COLUMN \"Order\"");

        await original.DataSource.RunAsync("CREATE SCHEMA old; CREATE TABLE old.resource_usages AS TABLE resource_usages");
        await RefusedAsync("\"old\".\"resource_usages\" (0 rows), \"public\".\"resource_usages\" (0 rows)");

        async Task RefusedAsync(string reason)
        {
            var problem = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
            Assert.Contains(reason, problem, StringComparison.Ordinal);
            Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message);
            Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_runs"));
        }
    }

    [Fact]
    public async Task Another_schema_of_the_same_database_is_another_original_and_a_view_on_the_moved_table_is_not()
    {
        await using var original = await TestPostgres.CreateAsync();
        foreach (var tenant in new[] { "a", "b" })
            await original.DataSource.RunAsync(
                $"""
                CREATE SCHEMA {tenant}; CREATE TABLE {tenant}.users (id uuid PRIMARY KEY, email text); CREATE TABLE {tenant}.instances (id uuid PRIMARY KEY, name text);
                CREATE TABLE {tenant}.resource_usages (instance_id uuid, "timestamp" timestamptz, cpu_usage float8, note text);
                INSERT INTO {tenant}.users VALUES (md5('u')::uuid, '{tenant}'); INSERT INTO {tenant}.instances VALUES (md5('i')::uuid, 'n');
                INSERT INTO {tenant}.resource_usages VALUES (md5('i')::uuid, '2026-10-01', 1);
                """);
        await original.DataSource.RunAsync("CREATE SCHEMA v; CREATE VIEW v.resource_usages AS SELECT * FROM a.resource_usages; CREATE VIEW v.users AS SELECT * FROM a.users; CREATE VIEW v.instances AS SELECT * FROM a.instances");
        await using var target = await TestTimescale.CreateAsync();
        await Verbs.CopyAsync(Of("a"), target.ConnectionString);
        foreach (var verb in new Func<Task>[]
        {
            () => Verbs.CatchUpAsync(Of("b"), target.ConnectionString), () => Verbs.VerifyAsync(Of("b"), target.ConnectionString), () => Verbs.CopyAsync(Of("b"), target.ConnectionString),
        })
        {
            var refused = (await Assert.ThrowsAsync<RefusedException>(verb)).Message;
            Assert.Contains("a move of a.resource_usages, a.users, a.instances of the original, and ConnectionStrings__original now names b.resource_usages, b.users, b.instances", refused, StringComparison.Ordinal);
            Assert.Contains("Search Path=a", refused, StringComparison.Ordinal);
        }

        await original.DataSource.RunAsync("ALTER TABLE b.users RENAME TO others; ALTER TABLE b.instances RENAME TO others_too; ALTER TABLE b.resource_usages RENAME TO samples");
        await original.DataSource.RunAsync("CREATE TABLE b.users (id uuid PRIMARY KEY, email text)");
        Assert.Contains("now names b.users", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(Of("b,a"), target.ConnectionString))).Message, StringComparison.Ordinal);
        Assert.Equal(0, (await Verbs.CatchUpAsync(Of("v"), target.ConnectionString)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(Of("v"), target.ConnectionString)).Findings);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        Assert.Contains("now names b.users", (await Assert.ThrowsAsync<RefusedException>(() => new ReverseSync(Verbs.Between(Of("b,a"), target.ConnectionString))
            .RunAsync(write: true, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);

        string Of(string path) => new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = path }.ConnectionString;
    }

    private static async Task<TestTimescale> MigratedAsync(TestTimescale target)
    {
        await SchemaMigration.ApplyAsync(target.ConnectionString, new LifecycleOptions(), NullLogger.Instance, TestContext.Current.CancellationToken);
        return target;
    }
}
