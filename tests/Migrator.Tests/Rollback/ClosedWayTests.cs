using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Rollback;

/// <summary>What cannot go back is foretold where it can be, and refused with the row, the cause and the remedy.</summary>
public sealed class ClosedWayTests
{
    private const string Amounts =
        """
        ALTER TABLE payments ALTER amount TYPE numeric(10,2) USING amount; CREATE SCHEMA m;
        CREATE VIEW m.payments AS SELECT id, user_id, (amount * 100)::bigint AS amount, currency, status FROM payments;
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_view_computes_is_foretold_and_refused_and_the_rest_goes_back(bool hasTrigger)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "UPDATE payments SET status = 'open';" + Amounts + (!hasTrigger ? "" :
            """
            CREATE FUNCTION m.pay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
              IF TG_OP = ''INSERT'' THEN INSERT INTO public.payments (id, user_id, amount, currency, status) VALUES (NEW.id, NEW.user_id, NEW.amount / 100.0, NEW.currency, NEW.status);
              ELSIF TG_OP = ''UPDATE'' THEN UPDATE public.payments SET amount = NEW.amount / 100.0, status = NEW.status WHERE id = NEW.id; END IF; RETURN NEW; END';
            CREATE TRIGGER pay INSTEAD OF INSERT OR UPDATE OR DELETE ON m.payments FOR EACH ROW EXECUTE FUNCTION m.pay();
            """));
        await using var target = await TestTimescale.CreateAsync();
        var named = new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "m,public" }.ConnectionString;
        Assert.Equal(!hasTrigger, (await Verbs.PlanAsync(named, target.ConnectionString)).Warnings.Any(
            w => w.StartsWith("Nothing can be written to amount of m.payments", StringComparison.Ordinal)));
        await Verbs.CopyAsync(named, target.ConnectionString);
        Assert.Empty((await Verbs.VerifyAsync(named, target.ConnectionString)).Findings);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await target.DataSource.RunAsync("UPDATE payments SET status = 'paid'");
        Assert.Empty((await WayBackTests.BackAsync(named, target)).Findings);
        Assert.Equal("paid", await original.DataSource.ScalarAsync<string>("SELECT status FROM payments"));

        await target.DataSource.RunAsync("INSERT INTO payments (id, amount, currency) VALUES (md5('new')::uuid, 550, 'usd')");
        if (hasTrigger)
        {
            Assert.Empty((await WayBackTests.BackAsync(named, target)).Findings);
            Assert.Equal(5.5m, await original.DataSource.ScalarAsync<decimal>("SELECT amount FROM payments WHERE id = md5('new')::uuid"));
            return;
        }

        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(named, target));
        Assert.Contains("amount of m.payments takes no value", refused.Message, StringComparison.Ordinal);
        Assert.Contains("INSTEAD OF", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_view_computes_besides_is_left_to_it_and_named(bool hasTrigger)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE SCHEMA m; CREATE VIEW m.payments AS SELECT *, amount / 100.0 AS eur FROM payments;
            CREATE VIEW m.resource_usages AS SELECT id, instance_id, timestamp, cpu_usage, memory_usage, cpu_usage / 100 AS cores, 0.0 AS memory_percentage, deleted_at, created_at FROM resource_usages;
            """ + (!hasTrigger ? "" :
            """
            CREATE FUNCTION m.pay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
              IF TG_OP = ''INSERT'' THEN INSERT INTO public.payments (id, user_id, amount, currency) VALUES (NEW.id, NEW.user_id, NEW.amount, NEW.currency);
              ELSIF TG_OP = ''UPDATE'' THEN UPDATE public.payments SET amount = NEW.amount WHERE id = NEW.id; END IF; RETURN NEW; END';
            CREATE TRIGGER pay INSTEAD OF INSERT OR UPDATE OR DELETE ON m.payments FOR EACH ROW EXECUTE FUNCTION m.pay();
            """));
        await using var target = await TestTimescale.CreateAsync();
        var named = new NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "m,public" }.ConnectionString;
        string[] notes = ["m.payments computes eur,", "m.resource_usages computes cores, memory_percentage,"];
        var warnings = (await Verbs.PlanAsync(named, target.ConnectionString)).Warnings;
        Assert.All(notes, note => Assert.Contains(warnings, w => w.StartsWith(note, StringComparison.Ordinal)));
        Assert.DoesNotContain(warnings, w => w.StartsWith("Nothing can be written", StringComparison.Ordinal));
        await Verbs.CopyAsync(named, target.ConnectionString);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await target.DataSource.RunAsync(
            """
            UPDATE payments SET amount = 700; INSERT INTO payments (id, user_id, amount, created_at, updated_at) VALUES (md5('new')::uuid, md5('u1')::uuid, 550, NULL, NULL);
            UPDATE resource_usage SET cpu_usage = 3; INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, now(), 5);
            """);
        var report = await WayBackTests.BackAsync(named, target);
        Assert.Equal((2L, 0), (report.Written, report.Findings.Count));
        Assert.All(notes, note => Assert.Contains(report.Notes, n => n.StartsWith(note, StringComparison.Ordinal)));
        Assert.Equal("7.0 5.5 3 5", await original.DataSource.ScalarAsync<string>(
            "SELECT concat_ws(' ', (SELECT string_agg(round(eur, 1)::text, ' ' ORDER BY eur DESC) FROM m.payments), (SELECT string_agg(cpu_usage::text, ' ' ORDER BY cpu_usage) FROM resource_usages))"));
        report = await WayBackTests.BackAsync(named, target);
        Assert.Equal((0L, 0L), (report.Written, report.Relations.Sum(r => r.Added + r.Changed)));
    }

    [Theory]
    [InlineData(
        "CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'; CREATE CONSTRAINT TRIGGER forbid AFTER UPDATE OR INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION forbid()",
        "public.{0} has triggers that run when it is written to (forbid)", "DISABLE TRIGGER", "ALTER TABLE {0} DISABLE TRIGGER forbid")]
    [InlineData(
        "CREATE PUBLICATION all_of_it FOR TABLE {0}; ALTER TABLE {0} REPLICA IDENTITY NOTHING", "{0} has no replica identity, and publication all_of_it",
        "REPLICA IDENTITY FULL", "ALTER TABLE {0} REPLICA IDENTITY FULL")]
    [InlineData(
        "ALTER TABLE {0} RENAME TO plain; CREATE MATERIALIZED VIEW {0} AS SELECT * FROM plain", "public.{0} takes no rows", "Put a table, or a view that takes rows",
        "DROP MATERIALIZED VIEW {0}; CREATE VIEW {0} AS SELECT * FROM plain")]
    [InlineData("ALTER TABLE {0} RENAME TO plain; CREATE VIEW {0} AS SELECT DISTINCT * FROM plain", "Nothing can be written to ", "INSTEAD OF", "CREATE OR REPLACE VIEW {0} AS SELECT * FROM plain")]
    public async Task A_refusal_has_the_remedy_of_its_cause_and_plan_foretells_it(string rule, string foretold, string remedy, string mended)
    {
        foreach (var (table, change) in new[]
        {
            ("payments", "UPDATE payments SET amount = 5"), ("resource_usages", "INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, now(), 1)"),
        })
        {
            await using var original = await Original.CreateAsync(2, WayBackTests.People + Of(rule));
            await using var target = await TestTimescale.CreateAsync();
            Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.StartsWith(Of(foretold), StringComparison.Ordinal));
            await WayBackTests.MoveAsync(original, target);
            await target.DataSource.RunAsync(change);
            Assert.Contains(remedy, (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message, StringComparison.Ordinal);
            await original.DataSource.RunAsync(Of(mended));
            Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);

            string Of(string sql) => sql.Replace("{0}", table, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ALTER TABLE users ADD team text REFERENCES teams DEFERRABLE INITIALLY DEFERRED", "users_team_fkey")]
    [InlineData("ALTER TABLE users ADD team text; CREATE CONSTRAINT TRIGGER t AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_team()", "no such team")]
    public async Task A_constraint_that_waits_for_the_commit_names_the_row(string rule, string cause)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            CREATE TABLE teams (name text PRIMARY KEY); INSERT INTO teams VALUES ('a');
            CREATE FUNCTION check_team() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
              IF NEW.team IS NOT NULL AND NOT EXISTS (SELECT FROM teams WHERE name = NEW.team) THEN RAISE ''no such team''; END IF; RETURN NULL; END';
            ALTER TABLE users ADD invited_by uuid REFERENCES users DEFERRABLE INITIALLY DEFERRED;
            {rule};
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        // Two that name each other, which only constraints that wait allow.
        await target.DataSource.RunAsync(
            """
            INSERT INTO users (id, email, invited_by) VALUES ('11111111-1111-4111-8111-111111111111', 'a', '22222222-2222-4222-8222-222222222222'),
              ('22222222-2222-4222-8222-222222222222', 'b', '11111111-1111-4111-8111-111111111111');
            UPDATE users SET team = 'a' WHERE username = 'u1'; UPDATE users SET team = 'nowhere' WHERE username = 'u2';
            """);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"({await target.DataSource.ScalarAsync<string>("SELECT md5('u2')::uuid::text")})", refused.Message, StringComparison.Ordinal);
        Assert.Contains("run rollback --reverse-sync again", refused.Message, StringComparison.Ordinal);
        await target.DataSource.RunAsync("UPDATE users SET team = NULL WHERE username = 'u2'");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
    }

    [Fact]
    public async Task A_sample_against_a_constraint_that_waits_is_named()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            "ALTER TABLE resource_usages ADD FOREIGN KEY (instance_id) REFERENCES instances DEFERRABLE INITIALLY DEFERRED");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) SELECT md5('i1')::uuid, now() - n * interval '1 second', n FROM generate_series(1, 50) n;
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('gone')::uuid, now(), 1);
            """);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
        Assert.Contains($"(instance {await target.DataSource.ScalarAsync<string>("SELECT md5('gone')::uuid::text")} at ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("23503", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_nothing_tells_apart_are_counted_and_do_not_stay_behind_unsaid()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "ALTER TABLE payments DROP id; INSERT INTO payments (amount) VALUES (1), (1), (2), (3)");
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.StartsWith("public.payments has no id", StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Losses);

        const string changes = "INSERT INTO payments (amount, currency, created_at, updated_at) VALUES (1, 'usd', '2026-11-01', NULL), (9, 'usd', '2026-11-01', NULL); UPDATE payments SET amount = 8 WHERE amount = 2; DELETE FROM payments WHERE amount = 3";
        await target.DataSource.RunAsync(changes);
        var refused = (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message;
        Assert.Contains("3 rows of payments that came or changed, and 2 as they were before", refused, StringComparison.Ordinal);
        Assert.StartsWith("3 rows of payments", Assert.Single((await WayBackTests.BackAsync(original.ConnectionString, target, allowLosses: true)).Losses), StringComparison.Ordinal);

        await original.DataSource.RunAsync(changes);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Losses);
    }

    [Fact]
    public async Task What_the_original_has_no_table_or_column_for_is_foretold_and_refused_until_that_is_allowed()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "DROP TABLE payments; UPDATE resource_usages SET network_in = 1");
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.StartsWith("The original has no table payments", StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Losses);
        await original.DataSource.RunAsync("ALTER TABLE users DROP plan, DROP username; ALTER TABLE resource_usages DROP network_in, DROP disk_usage");
        await target.DataSource.RunAsync(
            """
            INSERT INTO payments (id, amount) VALUES (md5('p')::uuid, 5); UPDATE users SET plan = 'pro' WHERE username = 'u1'; ALTER TABLE users ADD phone text; UPDATE users SET phone = '1';
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, network_in, disk_usage) VALUES (md5('i1')::uuid, now(), 1, 7, 8);
            """);
        var refused = (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message;
        foreach (var loss in new[] { "1 row of payments", "1 value of users.plan", "3 values of users.username", "3 values of users.phone", "1 value of resource_usage.network_in", "--allow-losses" })
            Assert.Contains(loss, refused, StringComparison.Ordinal);

        // A measure that the original never had would keep everybody from going back.
        Assert.DoesNotContain("disk_usage", refused, StringComparison.Ordinal);
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
        var report = await WayBackTests.BackAsync(original.ConnectionString, target, allowLosses: true);
        Assert.Equal((0, 6), (report.Findings.Count, report.Losses.Count));

        // As the message says it, all of it goes back.
        foreach (var statement in refused.Split(Environment.NewLine).Where(l => l.Contains("there: ", StringComparison.Ordinal)).Select(l => l.Split("there: ")[1]))
            await original.DataSource.RunAsync(statement);
        report = await WayBackTests.BackAsync(original, target);
        Assert.Equal((0, 1), (report.Findings.Count, report.Losses.Count));
        Assert.Equal("5 pro 1 7", await original.DataSource.ScalarAsync<string>(
            "SELECT concat_ws(' ', (SELECT amount FROM payments), max(plan), max(phone), (SELECT max(network_in) FROM resource_usages)) FROM users WHERE username = 'u1'"));
    }
}
