using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;

namespace LaunchStack.Migrator.Tests.Rollback;

/// <summary>Rows that changed go back whatever the original asks of them, and touch no value that stays.</summary>
public sealed class WrittenRowTests
{
    [Theory]
    [InlineData("ALTER TABLE users ALTER email SET NOT NULL, ADD CHECK (email LIKE '%@%')")]
    [InlineData("ALTER TABLE users ALTER username SET NOT NULL, ALTER username TYPE varchar(30)")]
    [InlineData("ALTER TABLE users DROP CONSTRAINT users_email_key, ADD UNIQUE NULLS NOT DISTINCT (email)")]
    [InlineData("CREATE DOMAIN mail AS text NOT NULL; ALTER TABLE users ALTER email TYPE mail")]
    [InlineData("CREATE TABLE sessions (u text REFERENCES users (username)); INSERT INTO sessions SELECT username FROM users")]
    [InlineData("CREATE TABLE sessions (u text REFERENCES users (username) ON UPDATE CASCADE); INSERT INTO sessions SELECT username FROM users")]
    public async Task A_unique_value_that_does_not_change_is_left_alone(string rule)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + rule);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'pro2' WHERE username <> 'u3'");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal("1@example.com,2@example.com", await original.DataSource.ScalarAsync<string>(
            "SELECT string_agg(email, ',' ORDER BY email) FROM users WHERE plan = 'pro2'"));
        if (rule.Contains("sessions", StringComparison.Ordinal))
            Assert.Equal("u1,u2,u3", await original.DataSource.ScalarAsync<string>("SELECT string_agg(u, ',' ORDER BY u) FROM sessions"));
    }

    [Fact]
    public async Task Of_rows_that_share_an_id_only_the_one_that_was_moved_changes_and_goes()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            "ALTER TABLE payments DROP CONSTRAINT payments_pkey; INSERT INTO payments (id, amount, currency, created_at) VALUES (md5('p')::uuid, 7, 'eur', now())");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CutoverAsync(original, target, limit: 100);
        const string Amounts = "SELECT string_agg(amount::text, ',' ORDER BY amount) FROM payments";
        await target.DataSource.RunAsync("UPDATE payments SET amount = 9");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal("9,100", await original.DataSource.ScalarAsync<string>(Amounts));
        await target.DataSource.RunAsync("DELETE FROM payments");
        Assert.Empty((await WayBackTests.BackAsync(original.ConnectionString, target, allowDeletions: true)).Findings);
        Assert.Equal("100", await original.DataSource.ScalarAsync<string>(Amounts));
    }

    [Fact]
    public async Task Values_that_are_handed_over_take_the_rows_along_that_name_them()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE UNIQUE INDEX ON users (lower(email)); ALTER TABLE users ADD external_id uuid; UPDATE users SET external_id = md5(email)::uuid;
            ALTER TABLE users ALTER external_id SET NOT NULL, ADD UNIQUE (external_id);
            CREATE TABLE sessions (id int, u text REFERENCES users (username) ON UPDATE CASCADE); INSERT INTO sessions VALUES (1, 'u1'), (2, 'u2');
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);

        // A swap of names, a chain of addresses, and a value of a row that goes.
        await target.DataSource.RunAsync(
            """
            UPDATE users SET username = 'x' WHERE username = 'u1'; UPDATE users SET username = 'u1' WHERE username = 'u2'; UPDATE users SET username = 'u2' WHERE username = 'x';
            DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3';
            UPDATE users SET email = 'free@example.com' WHERE email = '2@example.com'; UPDATE users SET email = '2@EXAMPLE.com' WHERE email = '1@example.com';
            INSERT INTO users (email, username, external_id) VALUES ('3@Example.com', 'u3', md5('3@example.com')::uuid);
            """);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        const string Users = "SELECT string_agg(concat(id, email, username, external_id), ',' ORDER BY id) FROM users";
        Assert.Equal(await target.DataSource.ScalarAsync<string>(Users), await original.DataSource.ScalarAsync<string>(Users));
        Assert.Equal("u2u1", await original.DataSource.ScalarAsync<string>("SELECT string_agg(u, '' ORDER BY id) FROM sessions"));
    }

    [Fact]
    public async Task A_handover_that_the_original_forbids_is_refused_by_name()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "ALTER TABLE users ALTER email SET NOT NULL, ADD CHECK (email LIKE '%@%')");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            "UPDATE users SET email = 'x' WHERE username = 'u1'; UPDATE users SET email = '1@example.com' WHERE username = 'u2'; UPDATE users SET email = '2@example.com' WHERE username = 'u1'");
        Assert.Contains(
            "Rows of users hand values of email on to one another", (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_catch_up_leaves_unique_values_alone_that_are_not_handed_over_and_swaps_those_that_are()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            "ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE UNIQUE INDEX ON users (email) NULLS NOT DISTINCT WHERE deleted_at IS NULL");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("UPDATE users SET email = email || 'x' WHERE username IN ('u1', 'u2')");
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await original.DataSource.RunAsync(
            "UPDATE users SET email = 'y' WHERE username = 'u1'; UPDATE users SET email = '1@example.comx' WHERE username = 'u2'; UPDATE users SET email = '2@example.comx' WHERE username = 'u1'");
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task A_null_goes_back_where_the_original_takes_one_though_it_has_a_default()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE users SET plan = NULL WHERE username = 'u1'; INSERT INTO users (email, plan) VALUES ('new', NULL)");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal(2L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE plan IS NULL"));
    }

    [Fact]
    public async Task No_row_is_printed_where_one_is_refused()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "UPDATE users SET password_hash = 'SECRET'; ALTER TABLE users ADD CHECK (plan <> 'none');");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'none' WHERE username = 'u1'");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
        Assert.Contains("users_plan_check", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_name_each_other_come_in_whatever_order_they_need()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            "ALTER TABLE users ADD invited_by uuid REFERENCES users (id), ADD default_instance uuid REFERENCES instances (id), ADD languages char(2)[], ADD num int GENERATED BY DEFAULT AS IDENTITY UNIQUE");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            INSERT INTO users (id, email, invited_by) VALUES ('11111111-1111-4111-8111-111111111111', 'a', '22222222-2222-4222-8222-222222222222'),
              ('22222222-2222-4222-8222-222222222222', 'b', NULL);
            INSERT INTO instances (id, user_id, name, status) VALUES (md5('new')::uuid, md5('u1')::uuid, 'new', 'running');
            UPDATE users SET default_instance = md5('new')::uuid, languages = '{fr,en}' WHERE username = 'u1';
            UPDATE users SET num = 7 WHERE username = 'u2';
            INSERT INTO users (id, email) VALUES (md5('circle')::uuid, 'c');
            INSERT INTO instances (id, user_id, name, status) VALUES (md5('circle')::uuid, md5('circle')::uuid, 'circle', 'running');
            UPDATE users SET default_instance = md5('circle')::uuid, num = 8 WHERE email = 'c';
            """);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal(6L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"));
        Assert.Equal("{fr,en}", await original.DataSource.ScalarAsync<string>("SELECT languages::text FROM users WHERE username = 'u1' AND default_instance IS NOT NULL"));

        // In a circle, over two tables; and what the original numbers itself goes on behind.
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users u JOIN instances i ON i.id = u.default_instance AND i.user_id = u.id WHERE u.email = 'c'"));
        Assert.Equal(9, await original.DataSource.ScalarAsync<int>("INSERT INTO users (email) VALUES ('next') RETURNING num"));
    }

    [Theory]
    [InlineData("text", "upper(id::text)")]
    [InlineData("text", "'{' || id || '}'")]
    [InlineData("text", "replace(id::text, '-', '')")]
    [InlineData("char(40)", "id::text")]
    public async Task An_id_that_is_no_uuid_is_nobody_elses_trouble(string type, string spelling)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
            ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE {type} USING {spelling};
            INSERT INTO users (id, email) VALUES ('legacy-1', 'l');
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CutoverAsync(original, target, limit: 100);
        await target.DataSource.RunAsync(
            """
            UPDATE users SET plan = 'pro2' WHERE username = 'u1';
            DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3';
            """);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal("pro2", await original.DataSource.ScalarAsync<string>("SELECT plan FROM users WHERE username = 'u1'"));
        Assert.Equal(3L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"));
    }
}
