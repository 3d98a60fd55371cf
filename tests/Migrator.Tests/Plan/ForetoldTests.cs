using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Tests.Copy;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Plan;

/// <summary>What an operator learns from plan, with the remedy, and not halfway.</summary>
public sealed class ForetoldTests(EmptyTarget empty) : IClassFixture<EmptyTarget>
{
    [Fact]
    public async Task A_right_that_is_missing_is_named_as_the_grant_that_gives_it()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty + "CREATE SCHEMA app; ALTER TABLE users SET SCHEMA app;");
        var reader = $"reader_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {reader}");
        var asReader = As(original.ConnectionString, reader) + ";Search Path=app,public";
        var problem = Assert.Single((await Verbs.PlanAsync(asReader, empty.ConnectionString)).Problems);
        Assert.EndsWith(
            $". GRANT USAGE ON SCHEMA \"app\" TO \"{reader}\"; GRANT SELECT ON \"app\".\"users\", \"public\".\"instances\", \"public\".\"payments\", \"public\".\"resource_usages\" TO \"{reader}\".",
            problem, StringComparison.Ordinal);
        await original.DataSource.RunAsync(problem[problem.IndexOf("GRANT", StringComparison.Ordinal)..].TrimEnd('.'));
        Assert.Empty((await Verbs.PlanAsync(asReader, empty.ConnectionString)).Problems);

        // A view's owner needs them too.
        await original.DataSource.RunAsync(
            $"""
            CREATE SCHEMA shown; GRANT USAGE ON SCHEMA shown TO {reader};
            CREATE VIEW shown.users AS SELECT * FROM app.users; GRANT SELECT ON shown.users TO {reader};
            CREATE USER {reader}_owner; ALTER VIEW shown.users OWNER TO {reader}_owner;
            """);
        Assert.Contains(
            "\"shown\".\"users\" of the original cannot be read: permission denied for",
            Assert.Single((await Verbs.PlanAsync(asReader + ";Search Path=shown,app,public", empty.ConnectionString)).Problems), StringComparison.Ordinal);
        await original.DataSource.RunAsync($"DROP OWNED BY {reader}, {reader}_owner; DROP USER {reader}, {reader}_owner");
    }

    [Fact]
    public async Task All_that_cannot_be_read_is_named_at_once_with_the_table_and_where_a_view_belongs()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            ALTER TABLE resource_usages ALTER instance_id TYPE bytea USING uuid_send(instance_id), ALTER timestamp TYPE bigint USING 0;
            ALTER TABLE payments ALTER amount TYPE numeric(10,2); ALTER TABLE users ALTER created_at DROP DEFAULT, ALTER created_at TYPE bigint USING 0;
            """);
        var problems = (await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString)).Problems;
        Assert.Equal(3, problems.Count);
        Assert.Equal(
            "public.resource_usages.instance_id is bytea in the original, which cannot be read as uuid; public.resource_usages.timestamp is bigint in the original, which cannot be read "
            + "as timestamptz. Offer a view in place of public.resource_usages, in a schema of its own, that casts them, and name that schema first in Search Path of "
            + "ConnectionStrings__original.", problems[0]);
        Assert.Contains(problems, p => p.StartsWith("public.payments.amount is numeric(10,2)", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("public.users.created_at is bigint", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_whose_tables_would_go_elsewhere_is_refused_by_every_verb()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        var (from, to) = (original.ConnectionString, target.ConnectionString + ";Search Path=nowhere");
        foreach (var verb in new Func<Task>[] { () => Verbs.CopyAsync(from, to), () => Verbs.VerifyAsync(from, to), () => Verbs.CatchUpAsync(from, to), () => Verbs.CutoverAsync(from, to) })
            Assert.Contains("go to schema (none)", (await Assert.ThrowsAsync<RefusedException>(verb)).Message, StringComparison.Ordinal);
    }

    /// <summary>What is out of room (class 53) costs the connection too, and the rest is looked at over it in vain.</summary>
    [Fact]
    public async Task A_full_disk_is_said_and_not_that_the_connection_has_gone()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync(
            """
            CREATE FUNCTION fill() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'No space left on device' USING ERRCODE = '53100'; END$$;
            CREATE EVENT TRIGGER fill ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS') EXECUTE FUNCTION fill();
            """);
        Assert.StartsWith(
            "53100: No space left on device", Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems), StringComparison.Ordinal);
        Assert.StartsWith(
            "53100: No space left on device", (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_cannot_be_written_to_is_said_by_every_verb_with_what_helps()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        Assert.SkipWhen(target.Gateway is not null, "the embedded database takes no options");
        await target.DataSource.RunAsync("CREATE PUBLICATION \"all\" FOR ALL TABLES");
        var problem = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
        Assert.StartsWith("Publication \"all\" of the target sends all tables", problem, StringComparison.Ordinal);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message);
        var remedy = problem[problem.IndexOf("DROP PUBLICATION", StringComparison.Ordinal)..];
        await target.DataSource.RunAsync(remedy[..remedy.IndexOf(';', StringComparison.Ordinal)]);
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("CREATE PUBLICATION \"all\" FOR TABLES IN SCHEMA public");
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message);
        await target.DataSource.RunAsync("DROP PUBLICATION \"all\"");

        var (from, to) = (original.ConnectionString, new NpgsqlConnectionStringBuilder(target.ConnectionString) { Options = "-c default_transaction_read_only=on" }.ConnectionString);
        problem = Assert.Single((await Verbs.PlanAsync(from, to)).Problems);
        Assert.Contains("RESET default_transaction_read_only", problem, StringComparison.Ordinal);
        foreach (var verb in new Func<Task>[] { () => Verbs.CopyAsync(from, to), () => Verbs.CatchUpAsync(from, to), () => Verbs.VerifyAsync(from, to), () => Verbs.CutoverAsync(from, to) })
            Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(verb)).Message);
    }

    [Fact]
    public async Task Few_connections_are_refused_with_the_limit_or_are_enough()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync(migrated: false);
        Assert.SkipWhen(target.Gateway is not null, "the embedded database has one session and no limits of roles");
        var role = $"th_few_{Guid.NewGuid():n}";
        var name = new NpgsqlConnectionStringBuilder(target.ConnectionString).Database;
        await original.DataSource.RunAsync($"CREATE USER {role} CONNECTION LIMIT 1; GRANT SELECT ON users, instances, payments, resource_usages TO {role}");
        await target.DataSource.RunAsync($"CREATE USER {role}_other; CREATE USER {role} CONNECTION LIMIT 1; ALTER DATABASE {name} OWNER TO {role}; ALTER SCHEMA public OWNER TO {role}");
        try
        {
            var (from, to) = (As(original.ConnectionString, role), As(target.ConnectionString, role) + ";Maximum Pool Size=1");
            var problem = $"The target has only 1 of {Math.Max(2, Environment.ProcessorCount)} connections for us (53300: too many connections for role \"{role}\"); 2 are needed. Raise that limit, or close others.";
            Assert.Equal(problem, Assert.Single((await Verbs.PlanAsync(from, to)).Problems));
            Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CopyAsync(from, to))).Message);

            // A third for the moment in which the server still counts one that was just closed.
            await target.DataSource.RunAsync($"ALTER USER {role} CONNECTION LIMIT 3");
            var plan = await new Planner(Verbs.Between(from, to) with { Workers = 3 }).RunAsync(TestContext.Current.CancellationToken);
            Assert.Empty(plan.Problems);
            Assert.StartsWith("The original has only 1 of 3 ", Assert.Single(plan.Warnings, w => w.Contains("53300", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Equal(Original.DirtyMoved, (await Verbs.CopyAsync(from, to)).Samples.MovedRows);
            Assert.Empty((await Verbs.VerifyAsync(from, to)).Findings);
            await new CutoverRunner(Verbs.Between(from, to), new(1)).RunAsync(TestContext.Current.CancellationToken);

            // Its tables are another's to change.
            await target.DataSource.RunAsync($"GRANT ALL ON DATABASE {name} TO {role}_other; GRANT ALL ON SCHEMA public TO {role}_other");
            Assert.Contains(
                (await Verbs.PlanAsync(from, As(target.ConnectionString, $"{role}_other"))).Problems,
                p => p.EndsWith($"GRANT \"{role}\" TO \"{role}_other\".", StringComparison.Ordinal));
        }
        finally
        {
            await original.DataSource.RunAsync($"DROP OWNED BY {role}; DROP USER {role}");
            NpgsqlConnection.ClearAllPools();
            await target.DataSource.RunAsync($"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}, {role}_other; DROP USER {role}, {role}_other");
        }
    }

    [Fact]
    public async Task Rows_of_the_targets_own_are_refused_before_a_copy_would_delete_them()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await target.DataSource.RunAsync(
            "INSERT INTO users (email) VALUES ('own'); INSERT INTO payments (amount) VALUES (1), (2); INSERT INTO instances (name, first_seen_at) VALUES ('by itself', now())");
        var problems = (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems;
        Assert.Equal(2, problems.Count);
        Assert.StartsWith("The target's payments holds 2 rows that no move brought", problems[0], StringComparison.Ordinal);
        Assert.Equal(string.Join(Environment.NewLine, problems), (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message);
        Assert.Equal(3L, await target.DataSource.ScalarAsync<long>("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM payments)"));

        foreach (var problem in problems)
            await target.DataSource.RunAsync(problem[problem.IndexOf("DELETE FROM", StringComparison.Ordinal)..problem.LastIndexOf(" there", StringComparison.Ordinal)]);
        Assert.Equal(Original.DirtyMoved, (await Original.CopyAsync(original, target)).Samples.MovedRows);
    }

    [Fact]
    public async Task Rows_of_child_tables_are_moved_each_once_and_the_plan_says_what_stays_behind()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            CREATE TABLE admins (level int, CHECK (level > 0)) INHERITS (users);
            INSERT INTO admins (id, email, level) VALUES (md5('a')::uuid, 'admin', 1), (md5('b')::uuid, 'ü@example.com', 2), ('00000000-0000-0000-0000-00000000000a', 'again', 3);
            CREATE TABLE people (LIKE payments); ALTER TABLE payments INHERIT people; INSERT INTO people (id) VALUES (md5('p')::uuid);
            """);
        await using var target = await TestTimescale.CreateAsync();
        var plan = await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString);
        Assert.Contains("public.users has child tables: their rows are moved, with the columns of public.users only. admins.level stay behind.", plan.Warnings);
        var copied = await Original.CopyAsync(original, target);
        Assert.Equal(plan.Original!.Relations.Select(r => r.Books), copied.Tables.SkipLast(1));
        Assert.Equal([new("users", 4, 2, 2), new("instances", 4, 4, 0), new("payments", 1, 1, 0)], copied.Tables.SkipLast(1));
        Assert.Equal(
            ["duplicate: another row of this id comes first", "duplicate: another row with this email comes first"], plan.Original.Relations[0].Quarantine.Keys.Order());
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task What_the_original_keeps_unique_by_a_function_of_its_own_or_beyond_our_keys_is_said_to_be_lost()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
            ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE UNIQUE INDEX ON users (plain(email));
            CREATE UNIQUE INDEX ON instances (user_id, name);
            ALTER TABLE users DROP CONSTRAINT users_username_key; CREATE UNIQUE INDEX ON users (username) INCLUDE (plan);
            CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            ALTER TABLE users DROP CONSTRAINT users_clerk_user_id_key, ALTER clerk_user_id TYPE text COLLATE folding; CREATE UNIQUE INDEX ON users (clerk_user_id);
            CREATE UNIQUE INDEX ON payments (paypal_order_id) NULLS NOT DISTINCT;
            ALTER TABLE instances ADD CHECK (port < 70000), ADD EXCLUDE (host WITH =) WHERE (port = 0);
            """);
        var warnings = (await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString)).Warnings;
        Assert.Contains(warnings, w => w.StartsWith("users is unique in the original by btree (plain(email)), and will not be so in the target", StringComparison.Ordinal)
            && w.EndsWith("CREATE UNIQUE INDEX ON users USING btree (plain(email)).", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith("instances is unique in the original by btree (user_id, name), and will not be so", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith("users is unique in the original by btree (clerk_user_id), where different texts of clerk_user_id are the same", StringComparison.Ordinal)
            && w.EndsWith("CREATE UNIQUE INDEX ON users (lower(clerk_user_id)).", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.EndsWith("CREATE UNIQUE INDEX ON payments USING btree (paypal_order_id) NULLS NOT DISTINCT.", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith(
            "public.instances has constraints that the target will not have: instances_host_excl EXCLUDE USING btree (host WITH =) WHERE ((port = 0)); instances_port_check CHECK ((port < 70000)).",
            StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, w => w.Contains("username", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, w => w.Contains("so it will be in the target", StringComparison.Ordinal));
        await using var target = await TestTimescale.CreateAsync();
        string[] lost = [.. warnings.Where(w => w.Contains("is unique in the original", StringComparison.Ordinal)).Order()];
        Assert.Equal(lost, (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings.Where(w => w.Contains("is unique in the original", StringComparison.Ordinal)).Order());
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task Values_that_the_target_rounds_are_counted()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            DELETE FROM resource_usages WHERE cpu_usage IN ('NaN', 'Infinity') OR "timestamp" = 'infinity';
            ALTER TABLE resource_usages ALTER cpu_usage TYPE numeric, ALTER "timestamp" TYPE text;
            ALTER TABLE users ALTER created_at TYPE text;
            UPDATE resource_usages SET cpu_usage = 12.345678901234567890123 WHERE cpu_usage IN (0.1, 0.2);
            UPDATE resource_usages SET cpu_usage = 'NaN' WHERE cpu_usage = 0.3;
            UPDATE resource_usages SET "timestamp" = '2026-06-01 00:00:00.123456789+00' WHERE cpu_usage = 0.4;
            UPDATE users SET created_at = '2026-06-01 00:00:00.123456001+00';
            """);
        var warnings = (await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString)).Warnings.Where(w => w.Contains("are moved rounded", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, warnings.Count);
        Assert.StartsWith("1 values of public.resource_usages.timestamp (text) have more digits than a time, in microseconds, holds", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("2 values of public.resource_usages.cpu_usage (numeric) have more digits than double precision holds", warnings[1], StringComparison.Ordinal);
        Assert.StartsWith("1 values of public.users.created_at (text)", warnings[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_whose_partitions_have_no_room_for_those_to_come_are_named()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            ALTER TABLE resource_usages RENAME TO kept;
            CREATE TABLE resource_usages (LIKE kept) PARTITION BY RANGE (created_at);
            CREATE TABLE one PARTITION OF resource_usages FOR VALUES FROM ('2000-01-01') TO (now() + interval '1 day');
            INSERT INTO resource_usages SELECT * FROM kept WHERE created_at > '2000-01-01';
            """);
        var warning = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString)).Warnings, w => w.Contains("partition", StringComparison.Ordinal));
        var remedy = warning[warning.IndexOf("CREATE TABLE", StringComparison.Ordinal)..].TrimEnd('.');
        await original.DataSource.RunAsync(remedy);
        Assert.DoesNotContain((await Verbs.PlanAsync(original.ConnectionString, empty.ConnectionString)).Warnings, w => w.Contains("partition", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("c3bc", false)] // ü
    [InlineData("c38d", true)] // Í: 8D is no character of WIN1252
    public async Task Text_of_UTF_8_in_a_database_of_another_encoding_is_said_or_refused(string bytes, bool refused)
    {
        await using var server = await TestPostgres.CreateAsync();
        var name = $"test_{Guid.NewGuid():n}";
        await server.DataSource.RunAsync($"CREATE DATABASE {name} ENCODING 'WIN1252' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        var original = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
        await using (var source = NpgsqlDataSource.Create(original))
        {
            await source.RunAsync(
                $"""
                CREATE TABLE instances (id uuid, name text); CREATE TABLE resource_usages (instance_id uuid, "timestamp" timestamptz);
                INSERT INTO instances VALUES (md5('i')::uuid, convert_from('\x{bytes}', 'WIN1252')), (md5('j')::uuid, 'été');
                """);
        }

        var plan = await Verbs.PlanAsync(original, empty.ConnectionString);
        if (refused)
            Assert.Contains("\"instances\" holds text that cannot be that, but may be UTF-8", Assert.Single(plan.Problems), StringComparison.Ordinal);
        else
            Assert.Single(plan.Warnings, w => w.StartsWith("Text that may be UTF-8 in 1 row of public.instances", StringComparison.Ordinal));
        await server.DataSource.RunAsync($"DROP DATABASE {name} WITH (FORCE)");
    }

    private static string As(string connection, string user) => new NpgsqlConnectionStringBuilder(connection) { Username = user }.ConnectionString;
}
