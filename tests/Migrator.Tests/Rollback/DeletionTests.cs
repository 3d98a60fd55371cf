using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;

namespace LaunchStack.Migrator.Tests.Rollback;

/// <summary>What was deleted in the target goes from the original, and nothing with it.</summary>
public sealed class DeletionTests
{
    private const string Three =
        """
        INSERT INTO users (id, username, email, password_hash) SELECT md5('u' || n)::uuid, 'u' || n, n || '@example.com', 'h' FROM generate_series(1, 3) n;
        INSERT INTO instances (id, user_id, name) SELECT md5('i' || n)::uuid, md5('u' || n)::uuid, 'N' || n FROM generate_series(1, 3) n;
        INSERT INTO resource_usage (id, instance_id, "timestamp", cpu_usage)
        SELECT gen_random_uuid(), md5('i' || n)::uuid, now() - k * interval '1 minute', k FROM generate_series(1, 3) n, generate_series(1, 5) k;
        """;

    [Fact]
    public async Task Samples_beneath_a_view_are_not_taken_along_with_their_instance()
    {
        await using var original = await Original.CreateAsync(3, Three + "CREATE SCHEMA m; CREATE VIEW m.resource_usage AS SELECT * FROM public.resource_usage;");
        await using var target = await TestTimescale.CreateAsync();
        var connection = original.ConnectionString + ";Search Path=m,public";
        await Verbs.CopyAsync(connection, target.ConnectionString);
        Assert.Empty((await Verbs.VerifyAsync(connection, target.ConnectionString)).Findings);
        await new CutoverRunner(Verbs.Between(connection, target.ConnectionString), new(1)).RunAsync(TestContext.Current.CancellationToken);
        await target.DataSource.RunAsync("DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3'");
        await KeepsAsync(connection, original, target, "resource_usage", 15);
    }

    [Fact]
    public async Task A_value_that_a_deleted_row_still_has_is_refused_with_what_keeps_that_row()
    {
        await using var original = await Original.CreateAsync(3, Three);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            DELETE FROM resource_usage WHERE instance_id = md5('i3')::uuid; DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3';
            INSERT INTO users (id, username, email, password_hash) VALUES (md5('again')::uuid, 'again', '3@example.com', 'h');
            """);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original.ConnectionString, target));
        Assert.Contains("(email)=(3@example.com)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("DELETE FROM resource_usage WHERE instance_id = …", refused.Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync("DELETE FROM resource_usage WHERE instance_id = md5('i3')::uuid");
        Assert.Empty((await WayBackTests.BackAsync(original.ConnectionString, target)).Findings);
        Assert.Equal(3L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task Nor_those_of_a_child_table_that_has_the_foreign_key_by_itself()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE TABLE more (FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE) INHERITS (resource_usages);
            INSERT INTO more (instance_id, "timestamp", cpu_usage, created_at) VALUES (md5('i3')::uuid, now() - interval '1 hour', 1, now());
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3'");
        await KeepsAsync(original.ConnectionString, original, target, "resource_usages", 2);
    }

    [Theory]
    [InlineData("CASCADE")]
    [InlineData("SET NULL")]
    [InlineData("SET DEFAULT")]
    public async Task Nor_is_a_payment_that_names_an_instance_taken_or_changed(string action)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            ALTER TABLE payments ADD instance_id uuid REFERENCES instances (id) ON DELETE {action};
            UPDATE payments SET instance_id = md5('i3')::uuid;
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("DELETE FROM instances WHERE name = 'N3'");
        for (var run = 0; run < 2; run++)
            await StaysAsync(original, target, "stay in the original, as rows of payments there name them");

        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments WHERE instance_id = md5('i3')::uuid"));

        // Once it names it no more, the instance goes.
        await target.DataSource.RunAsync("UPDATE payments SET instance_id = NULL");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Notes);
        Assert.Equal(2L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM instances"));
    }

    [Fact]
    public async Task A_row_that_a_trigger_marks_instead_is_no_difference_for_ever()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            INSERT INTO payments (amount) VALUES (1), (2);
            CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE payments SET status = ''deleted'' WHERE id = OLD.id; RETURN NULL; END';
            CREATE TRIGGER keep BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION keep();
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("DELETE FROM payments WHERE amount = 2");
        for (var run = 0; run < 2; run++)
        {
            var report = await StaysAsync(original, target, "where a trigger, a rule or another row of that id keeps them");
            Assert.Equal(0L, report.Relations.Sum(r => r.Deleted));
        }

        Assert.Equal("deleted", await original.DataSource.ScalarAsync<string>("SELECT status FROM payments WHERE amount = 2"));
    }

    [Fact]
    public async Task A_row_that_stays_keeps_its_unique_values()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            "CREATE TABLE notes (u uuid REFERENCES users (id) ON DELETE CASCADE); INSERT INTO notes VALUES (md5('u3')::uuid)");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("DELETE FROM instances WHERE name = 'N3'; DELETE FROM users WHERE username = 'u3'; INSERT INTO users (email, username) VALUES ('3@example.com', 'new')");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
        Assert.Contains("The original refuses a row of users", refused.Message, StringComparison.Ordinal);
        Assert.Equal("3@example.com", await original.DataSource.ScalarAsync<string>("SELECT email FROM users WHERE username = 'u3'"));
    }

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 6, true)]
    [InlineData(10, 5, false)]
    [InlineData(1, 1, true)]
    [InlineData(40, 10, false)]
    [InlineData(40, 11, true)]
    public async Task A_few_rows_may_go_while_most_of_a_table_stays(int rows, int deleted, bool isRefused)
    {
        await using var original = await Original.CreateAsync(2, $"INSERT INTO payments (amount) SELECT n FROM generate_series(1, {rows}) n");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync($"DELETE FROM payments WHERE amount <= {deleted}");
        if (isRefused)
            Assert.Contains("--allow-deletions", (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message, StringComparison.Ordinal);
        else
            Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal((long)(isRefused ? rows : rows - deleted), await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments"));
    }

    /// <summary>Those of before, of since then, and of an id that never was an instance's; an orphan that was quarantined stays one.</summary>
    [Fact]
    public async Task Samples_that_outlive_their_instance_are_the_same_on_both_sides()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
            SELECT md5(i)::uuid, now() - n * interval '1 second', n, now() FROM unnest('{i3,nobody}'::text[]) i, generate_series(1, 3) n;
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CutoverAsync(original, target, limit: 50);
        await target.DataSource.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage) SELECT md5(i)::uuid, now(), 1 FROM unnest('{i3,nobody}'::text[]) i;
            DELETE FROM instances WHERE name = 'N3';
            """);
        Assert.Contains("is missing", Assert.Single((await Verbs.VerifyAsync(original, target)).Findings), StringComparison.Ordinal);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal((2L, 9L), (await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM instances"), await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages")));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        await target.DataSource.RunAsync("DELETE FROM resource_usage WHERE instance_id = md5('i3')::uuid AND cpu_usage = 2");
        Assert.Contains((await Verbs.VerifyAsync(original, target)).Findings, f => f.StartsWith("  missing: instance", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Samples_marked_as_deleted_since_are_marked_in_the_original()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, deleted_at) VALUES (md5('i2')::uuid, now(), 1, now());
            UPDATE resource_usage SET deleted_at = '2026-11-01' WHERE instance_id = md5('i1')::uuid;
            """);
        var report = await WayBackTests.BackAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE deleted_at = '2026-11-01'"));
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
    }

    [Fact]
    public async Task What_was_brought_back_goes_again_and_its_unique_values_are_free()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            INSERT INTO users (id, email, username) VALUES (md5('new')::uuid, 'new@example.com', 'new');
            INSERT INTO instances (id, user_id, name, status) VALUES (md5('n')::uuid, md5('new')::uuid, 'N', 'running'); INSERT INTO payments (user_id, amount) VALUES (md5('new')::uuid, 7);
            """);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments p JOIN users u ON u.id = p.user_id WHERE username = 'new'"));

        await target.DataSource.RunAsync(
            """
            DELETE FROM payments WHERE amount = 7; DELETE FROM instances WHERE name = 'N'; DELETE FROM users WHERE username = 'new';
            INSERT INTO users (email, username) VALUES ('new@example.com', 'newer');
            """);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal("newer", await original.DataSource.ScalarAsync<string>("SELECT string_agg(username, ' ') FROM users WHERE email = 'new@example.com'"));
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT (SELECT count(*) FROM payments WHERE amount = 7) + (SELECT count(*) FROM instances WHERE name = 'N')"));
    }

    [Fact]
    public async Task Where_they_cannot_be_marked_the_original_refuses_by_name()
    {
        await using var original = await Original.CreateAsync(3, Three);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE resource_usage SET deleted_at = now()");
        Assert.Contains(
            "has no column deleted_at", (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message, StringComparison.Ordinal);
    }

    private static async Task<RollbackReport> StaysAsync(TestPostgres original, TestTimescale target, string note)
    {
        var report = await WayBackTests.BackAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.Contains(note, Assert.Single(report.Notes), StringComparison.Ordinal);
        return report;
    }

    private static async Task KeepsAsync(string connection, TestPostgres original, TestTimescale target, string samples, long count)
    {
        var report = await new ReverseSync(Verbs.Between(connection, target.ConnectionString)).RunAsync(write: true, TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
        Assert.Equal(2, report.Notes.Count);
        Assert.Equal(count, await original.DataSource.ScalarAsync<long>($"SELECT count(*) FROM {samples}"));
        Assert.Equal(3L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM instances"));
        Assert.Equal(3L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"));
    }
}
