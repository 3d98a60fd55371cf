using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>Users, instances and payments end in the original's state, whatever came in which order.</summary>
public sealed class RelationTests(EmptyTarget empty) : IClassFixture<EmptyTarget>
{
    // # is the group that they belong to.
    private const string Group =
        """
        INSERT INTO users (id, email, username) SELECT md5('#u' || n)::uuid, '#' || n || '@example.com', '#u' || n FROM generate_series(1, 3) n;
        INSERT INTO instances (id, user_id, name, status) SELECT md5('#i' || n)::uuid, md5('#u' || n)::uuid, '#n' || n, 'running' FROM generate_series(1, 3) n;
        INSERT INTO payments (user_id, amount) SELECT md5('#u' || n)::uuid, n FROM generate_series(1, 3) n;
        """;

    internal static readonly string People = Of("", Group);

    // Whatever is written gets another version and another place.
    private static readonly string Versions = string.Join(" || ", new[] { "users", "instances", "payments", "migration_quarantine", "migration_tables", "migration_windows", "migration_runs" }
        .Select(table => $"(SELECT coalesce(string_agg(concat(xmin, ctid), ',' ORDER BY ctid), '') FROM {table})"));

    /// <summary>What happens to a group.</summary>
    private static readonly (string What, string Change)[] Hands =
    [
        ("handed over", """
        DELETE FROM payments WHERE user_id = md5('#u1')::uuid; DELETE FROM instances WHERE user_id = md5('#u1')::uuid; DELETE FROM users WHERE id = md5('#u1')::uuid;
        INSERT INTO users (id, email, username) VALUES (md5('#new')::uuid, '#1@example.com', '#u1');
        INSERT INTO instances (id, user_id, name, status) VALUES (md5('#new')::uuid, md5('#new')::uuid, '#new', 'running');
        """),
        ("swapped", """
        UPDATE users SET email = '#x' WHERE id = md5('#u1')::uuid; UPDATE users SET email = '#1@example.com' WHERE id = md5('#u2')::uuid;
        UPDATE users SET email = '#2@example.com' WHERE id = md5('#u1')::uuid;
        """),
        ("an instance given to another user, whose own goes", """
        UPDATE instances SET user_id = md5('#u2')::uuid WHERE id = md5('#i1')::uuid; UPDATE payments SET user_id = md5('#u2')::uuid WHERE user_id = md5('#u1')::uuid;
        DELETE FROM users WHERE id = md5('#u1')::uuid; UPDATE users SET email = '#1@example.com', username = '#u1' WHERE id = md5('#u2')::uuid;
        """),
    ];

    [Fact]
    public async Task Rows_that_the_targets_type_cannot_read_are_told_in_batches_and_the_others_stay_in_order()
    {
        await using var original = await Original.CreateAsync(2,
            "ALTER TABLE payments ALTER amount TYPE text; INSERT INTO payments (amount, description) SELECT CASE WHEN n % 3 = 0 THEN 'x' ELSE '' END || n, n FROM generate_series(1, 3000) n");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(2000L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments WHERE amount = description::int"));
        Assert.Equal(1000L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine WHERE reason LIKE 'amount cannot be read as %'"));
    }

    [Fact]
    public async Task A_unique_value_changes_hands_within_one_pass()
    {
        await using var original = await Original.CreateAsync(2, string.Concat(Hands.Select((hands, group) => Of($"g{group}", Group))));
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        for (var group = 0; group < Hands.Length; group++)
        {
            var (what, change) = Hands[group];
            await original.DataSource.RunAsync(Of($"g{group}", change));
            Assert.True((await FindingsAsync(original, target)).Count > 0, what);
            await Verbs.CatchUpAsync(original, target);
            Assert.Equal($"{what}: ", $"{what}: {string.Join(Environment.NewLine, await FindingsAsync(original, target))}");
            Assert.Equal($"{what}: {await RowsAsync(original.DataSource)}", $"{what}: {await RowsAsync(target.DataSource)}");
            Assert.True(await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine") == 0, what);
        }

        await Verbs.CutoverAsync(original, target);
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX ON users (email, coalesce(deleted_at, 'infinity'))")]
    [InlineData("CREATE UNIQUE INDEX ON users (coalesce(email, ''))")]
    [InlineData("ALTER TABLE users ALTER email SET NOT NULL, ADD UNIQUE (email)")]
    [InlineData("CREATE UNIQUE INDEX ON users (abs(length(email)) , left(email, 1))")]
    public async Task Values_change_hands_under_any_key_there_and_back(string key)
    {
        await using var original = await Original.CreateAsync(2, People + "ALTER TABLE users DROP CONSTRAINT users_email_key; " + key +
            "; ALTER TABLE users ADD seat int UNIQUE; UPDATE users SET seat = right(username, 1)::int; ALTER TABLE users ALTER seat SET NOT NULL");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        const string Rotate =
            """
            UPDATE users SET email = 'some' WHERE username = 'u1'; UPDATE users SET email = '1@example.com' WHERE username = 'u2';
            UPDATE users SET email = '2@example.com' WHERE username = 'u3'; UPDATE users SET email = '3@example.com' WHERE username = 'u1';
            UPDATE users SET seat = 9 WHERE username = 'u1'; UPDATE users SET seat = 1 WHERE username = 'u2'; UPDATE users SET seat = 2 WHERE username = 'u1';
            """;
        await original.DataSource.RunAsync(Rotate);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(await RowsAsync(original.DataSource), await RowsAsync(target.DataSource));
        Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine"));
        await Verbs.CutoverAsync(original, target);

        await target.DataSource.RunAsync(Rotate);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal(await RowsAsync(target.DataSource), await RowsAsync(original.DataSource));
    }

    [Fact]
    public async Task What_the_target_refused_once_and_would_take_now_is_a_mismatch_that_a_pass_mends()
    {
        await using var original = await Original.CreateAsync(2, People);
        await using var target = await TestTimescale.CreateAsync();
        await target.DataSource.RunAsync("ALTER TABLE users ADD CONSTRAINT ours CHECK (username <> 'u9')");
        await original.DataSource.RunAsync("INSERT INTO users (id, email, username) VALUES (md5('u9')::uuid, '9@example.com', 'u9')");
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await target.DataSource.RunAsync("ALTER TABLE users DROP CONSTRAINT ours");
        Assert.Contains("would take it now; run catch-up", Assert.Single((await Verbs.VerifyAsync(original, target)).Findings), StringComparison.Ordinal);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(await RowsAsync(original.DataSource), await RowsAsync(target.DataSource));
    }

    [Theory]
    [InlineData("ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE UNIQUE INDEX ON users (email) WHERE deleted_at IS NULL", "deleted_at IS NULL")]
    [InlineData("ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE UNIQUE INDEX ON users (lower(email)) WHERE deleted_at IS NULL", "lower(email)")]
    [InlineData("ALTER TABLE users DROP CONSTRAINT users_email_key", "is not unique in the original")]
    public async Task What_is_unique_is_the_originals_to_say(string change, string note)
    {
        await using var original = await Original.CreateAsync(2, People + change +
            "; UPDATE users SET deleted_at = now() WHERE id = md5('u1')::uuid; INSERT INTO users (id, email) VALUES (md5('live')::uuid, '1@example.com')");
        await using var target = await TestTimescale.CreateAsync();
        var plan = await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString);
        Assert.Empty(plan.Problems);
        Assert.Contains(plan.Warnings, w => w.StartsWith("users (email)", StringComparison.Ordinal) && w.Contains(note, StringComparison.Ordinal));
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(plan.Original!.Relations.Select(r => r.Books), result.Tables.SkipLast(1));
        Assert.Equal(new TableCounts("users", 4, 4, 0), result.Tables[0]);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task Of_rows_that_a_view_gives_twice_the_live_one_arrives_and_the_plan_foretells_it()
    {
        await using var original = await Original.CreateAsync(2, People +
            """
            ALTER TABLE users RENAME TO people; ALTER TABLE people DROP CONSTRAINT users_email_key;
            INSERT INTO people (id, email, deleted_at, created_at) VALUES (md5('a')::uuid, 'twice', now(), '2020-01-01'), (md5('b')::uuid, 'twice', NULL, '2026-01-01');
            CREATE VIEW users AS SELECT * FROM people;
            """);
        await using var target = await TestTimescale.CreateAsync();
        var plan = await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString);
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(new TableCounts("users", 5, 4, 1), result.Tables[0]);
        Assert.Equal(plan.Original!.Relations.Select(r => r.Books), result.Tables.SkipLast(1));
        Assert.Equal("duplicate: another row with this email comes first", Assert.Single(plan.Original.Relations[0].Quarantine).Key);
        Assert.Equal(1L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'twice' AND deleted_at IS NULL"));
        var report = await Verbs.VerifyAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.Contains("1 of 5 rows of users would stay behind in quarantine", Assert.Single(report.Excesses), StringComparison.Ordinal);

        // Too much of it, or all of it, is no move.
        Assert.Contains("1 of 5 rows of users", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target))).Message, StringComparison.Ordinal);

        // Its reason is gone: the row could be moved now.
        await original.DataSource.RunAsync("UPDATE people SET email = 'once' WHERE id = md5('a')::uuid");
        Assert.Contains(await FindingsAsync(original, target), f => f.EndsWith("is missing", StringComparison.Ordinal));
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty(await FindingsAsync(original, target));
        await Verbs.CutoverAsync(original, target);
    }

    [Theory]
    [InlineData("ALTER TABLE payments ALTER amount TYPE numeric(10, 2)", "public.payments.amount is numeric(10,2) in the original and bigint in the target")]
    [InlineData("ALTER TABLE instances ALTER cpu_limit TYPE numeric", "public.instances.cpu_limit is numeric in the original and double precision in the target")]
    [InlineData("ALTER TABLE payments ALTER id DROP DEFAULT, ALTER id TYPE bigint USING 1", "public.payments.id is bigint in the original and uuid in the target")]
    [InlineData("ALTER TABLE payments ALTER metadata TYPE xml USING NULL", "public.payments.metadata is xml in the original and jsonb in the target")]
    [InlineData(
        """
        ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
        ALTER TABLE users DROP id, ADD id bigserial PRIMARY KEY; INSERT INTO users (email) VALUES ('e');
        ALTER TABLE instances ALTER user_id TYPE bigint USING 1; ALTER TABLE payments ALTER user_id TYPE bigint USING 1;
        INSERT INTO instances (id, user_id, name, status) VALUES (md5('i')::uuid, 1, 'n', 'running'); INSERT INTO payments (user_id, amount) VALUES (1, 5);
        """,
        "public.users.id is bigint in the original and uuid in the target", "public.instances.user_id is bigint", "public.payments.user_id is bigint")]
    [InlineData(
        """
        ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
        ALTER TABLE users DROP id, ADD id bigserial PRIMARY KEY; INSERT INTO instances (user_id, name, status) VALUES (md5('u')::uuid, 'n', 'running');
        """,
        "public.users.id is bigint in the original and uuid in the target")]
    public async Task Types_that_cannot_hold_each_others_values_are_refused_by_plan_and_copy(string change, params string[] problems)
    {
        await using var original = await Original.CreateAsync(2, change);
        var plan = await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString);
        Assert.Equal(problems.Length, plan.Problems.Count);
        Assert.All(problems.Zip(plan.Problems), p => Assert.StartsWith(p.First, p.Second));
        Assert.Equal(string.Join(Environment.NewLine, plan.Problems), (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CopyAsync(original.ConnectionString, empty.ConnectionString))).Message);
        Assert.False(await empty.DataSource.ScalarAsync<bool>("SELECT to_regclass('users') IS NOT NULL"));
    }

    [Fact]
    public async Task A_table_of_which_no_row_can_be_moved_is_refused()
    {
        await using var original = await Original.CreateAsync(2, "ALTER TABLE instances ALTER name DROP NOT NULL; INSERT INTO instances (status) VALUES ('running')");
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains(
            "No row of public.instances can be moved as it is: 1 name is null",
            Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pass_over_an_unchanged_original_writes_nothing()
    {
        await using var original = await Original.CreateAsync(2, People + "ALTER TABLE users ADD note text; CREATE VIEW old AS SELECT 1");
        await original.DataSource.RunAsync("INSERT INTO payments (id, user_id, amount) VALUES (md5('p')::uuid, NULL, 1)");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        var before = await target.DataSource.ScalarAsync<string>($"SELECT {Versions}");
        for (var pass = 0; pass < 2; pass++)
            await Verbs.CatchUpAsync(original, target);
        Assert.Equal(before, await target.DataSource.ScalarAsync<string>($"SELECT {Versions}"));
    }

    [Fact]
    public async Task A_row_that_the_server_itself_refuses_takes_its_stale_version_along_and_comes_back_when_it_may()
    {
        await using var original = await Original.CreateAsync(2, People);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        // Something of the target's own that nobody could foretell.
        await target.DataSource.RunAsync("ALTER TABLE payments ADD CHECK (amount < 100)");
        await original.DataSource.RunAsync("UPDATE payments SET amount = 500 WHERE amount = 1");
        await Verbs.CatchUpAsync(original, target);
        Assert.Equal(2L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments"));
        Assert.Empty(await FindingsAsync(original, target));
        Assert.Contains("payments", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync("UPDATE payments SET amount = 50 WHERE amount = 500");
        await Verbs.CatchUpAsync(original, target);
        Assert.Equal(await RowsAsync(original.DataSource), await RowsAsync(target.DataSource));
        Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine"));
    }

    [Fact]
    public async Task A_table_of_another_schema_is_not_taken_for_ours_and_one_of_our_own_names_is_carried_beside_it()
    {
        await using var original = await Original.CreateAsync(2, People +
            """
            DROP TABLE payments; CREATE SCHEMA stripe; CREATE TABLE stripe.payments (id text PRIMARY KEY, amount bigint); INSERT INTO stripe.payments VALUES ('pi_1', 1);
            ALTER TABLE resource_usages ADD received_at timestamptz DEFAULT '2026-01-01', ADD original_received_at int DEFAULT 7, ADD region text NOT NULL;
            ALTER TABLE instances ADD last_seen_at text DEFAULT 'yesterday';
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, region) VALUES (md5('i1')::uuid, now() - interval '1 day', 1, 'eu');
            """);
        await using var target = await TestTimescale.CreateAsync();
        var plan = await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString);
        Assert.Empty(plan.Problems);
        Assert.Contains(plan.Warnings, w => w.StartsWith("stripe.payments is left alone", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, w => w.StartsWith("public.resource_usages takes no NULL in region", StringComparison.Ordinal));
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(["users", "instances", "resource_usages"], result.Tables.Select(t => t.Table));
        Assert.Empty(await FindingsAsync(original, target));
        Assert.Equal("yesterday", await target.DataSource.ScalarAsync<string>("SELECT original_last_seen_at FROM instances WHERE last_seen_at IS NULL LIMIT 1"));
        Assert.Equal(2026, await target.DataSource.ScalarAsync<int>("SELECT extract(year FROM original_original_received_at)::int FROM resource_usage"));
        Assert.Equal(7, await target.DataSource.ScalarAsync<int>("SELECT original_received_at FROM resource_usage"));
    }

    private static string Of(string group, string sql) => sql.Replace("#", group, StringComparison.Ordinal);

    private static async Task<IReadOnlyList<string>> FindingsAsync(TestPostgres original, TestTimescale target) =>
        (await Verbs.VerifyAsync(original, target)).Findings;

    private static Task<string> RowsAsync(Npgsql.NpgsqlDataSource database) => database.ScalarAsync<string>(
        """
        SELECT concat_ws(' | ', (SELECT string_agg(concat(id, email, username), ',' ORDER BY id) FROM users),
          (SELECT string_agg(concat(id, user_id, name), ',' ORDER BY id) FROM instances), (SELECT string_agg(concat(user_id, amount), ',' ORDER BY id) FROM payments))
        """);
}
