using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Migrator.Tests.Rollback;

/// <summary>Samples go back once each, whatever the original's columns are made of and called, or are refused by name.</summary>
public sealed class SampleBackTests
{
    private const string Late =
        """
        INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit)
        SELECT md5('i' || 1 + n % 3)::uuid, date_trunc('minute', now()) - n * interval '1 minute', n * 0.5, n, 2 * n FROM generate_series(1, 60) n
        """;

    [Theory]
    [InlineData("timestamp", "timestamptz(0)", "date_trunc('second', now()) - interval '7200.3 seconds'", "timestamp is timestamp(0) with time zone")]
    [InlineData("timestamp", "timestamp(3)", "date_trunc('second', now()) - interval '7200.000321 seconds'", "timestamp is timestamp(3) without time zone")]
    [InlineData("cpu_usage", "numeric(6,2)", "12.345", "would hold 12.35 in cpu_usage (numeric(6,2)), not 12.345")]
    [InlineData("cpu_usage", "real", "0.1", "in cpu_usage (real), not 0.1")]
    [InlineData("memory_usage", "integer", "3000000000", "22003: integer out of range")]
    [InlineData("memory_usage", "real", "16777217", "in memory_usage (real), not 16777217")]
    public async Task A_sample_that_the_original_would_round_is_refused_by_name_and_others_are_written_once(string column, string type, string value, string why)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"UPDATE resource_usages SET timestamp = date_trunc('day', timestamp); ALTER TABLE resource_usages ALTER \"{column}\" TYPE {type}");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        Assert.Equal((60L, 0L), await BackTwiceAsync(original, target));

        await target.DataSource.RunAsync(column == "timestamp"
            ? $"INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, {value}, 1)"
            : $"INSERT INTO resource_usage (instance_id, timestamp, {column}) VALUES (md5('i1')::uuid, date_trunc('hour', now()) - interval '2 hours', {value})");
        for (var run = 0; run < 2; run++)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
            Assert.Contains(why, refused.Message, StringComparison.Ordinal);
            Assert.Contains($"(instance {await target.DataSource.ScalarAsync<string>("SELECT md5('i1')::uuid::text")} at ", refused.Message, StringComparison.Ordinal);
            Assert.Equal(61L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
        }
    }

    [Theory]
    [InlineData("DROP id, ADD id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")]
    [InlineData("DROP id, ADD id bigserial PRIMARY KEY, DROP memory_percentage, ADD memory_percentage real GENERATED ALWAYS AS (cpu_usage) STORED")]
    [InlineData("ALTER id DROP DEFAULT, ALTER id TYPE text, ALTER id SET NOT NULL")]
    [InlineData("ALTER instance_id TYPE text USING upper(instance_id::text)")]
    [InlineData("ALTER instance_id TYPE char(40) USING '{' || instance_id || '}'")]
    [InlineData("ALTER timestamp TYPE text, ALTER cpu_usage TYPE text, ALTER memory_usage TYPE varchar(20), ALTER created_at TYPE text")]
    [InlineData("ALTER cpu_usage TYPE numeric, ALTER memory_usage TYPE numeric, ALTER timestamp TYPE timestamp USING timestamp AT TIME ZONE 'UTC', ALTER created_at TYPE date")]
    public async Task Whatever_the_columns_are_made_of(string columns)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + $"ALTER TABLE resource_usages {columns}");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        // 17 digits, a sample that was there and has been raised, and one that was marked as deleted.
        await target.DataSource.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, now(), 0.30000000000000004);
            UPDATE resource_usage SET cpu_usage = 9, received_at = now() WHERE timestamp < now() - interval '20 hours';
            """);
        Assert.Equal((62L, 0L), await BackTwiceAsync(original, target));
        await target.DataSource.RunAsync("UPDATE resource_usage SET deleted_at = now() WHERE memory_usage = 7");
        Assert.Equal((0L, 0L), await BackTwiceAsync(original, target));
        Assert.Equal((62L, 61L), (await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"),
            await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE deleted_at IS NULL")));
    }

    [Theory]
    [InlineData("upper(id::text)")]
    [InlineData("'{' || id || '}'")]
    [InlineData("replace(id::text, '-', '')")]
    public async Task Texts_as_ids_keep_the_originals_own_spelling_which_foreign_keys_ask_for(string spelling)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
            ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE text USING {spelling};
            ALTER TABLE payments ALTER user_id TYPE text USING {spelling.Replace("id", "user_id", StringComparison.Ordinal)}, ADD FOREIGN KEY (user_id) REFERENCES users (id);
            ALTER TABLE instances ALTER id DROP DEFAULT, ALTER id TYPE text USING {spelling}, ALTER user_id TYPE text USING {spelling.Replace("id", "user_id", StringComparison.Ordinal)},
              ADD FOREIGN KEY (user_id) REFERENCES users (id);
            ALTER TABLE resource_usages ALTER instance_id TYPE text USING {spelling.Replace("id", "instance_id", StringComparison.Ordinal)}, ADD FOREIGN KEY (instance_id) REFERENCES instances (id);
            """);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.Contains("are no uuids or", StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        await target.DataSource.RunAsync(
            """
            UPDATE instances SET name = 'new' WHERE name = 'N1'; UPDATE instances SET user_id = md5('u3')::uuid WHERE name = 'N2';
            INSERT INTO users (id, email) VALUES (md5('new')::uuid, 'new'); INSERT INTO instances (id, user_id, name, status) VALUES (md5('new')::uuid, md5('u1')::uuid, 'late', 'running');
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('new')::uuid, now(), 1)
            """);
        Assert.Equal((61L, 0L), await BackTwiceAsync(original, target));
    }

    [Theory]
    [InlineData("char(32)", "replace(#::text, '-', '')", true)]
    [InlineData("char(32)", "replace(#::text, '-', '')", false)]
    [InlineData("varchar(40)", "'{' || upper(#::text) || '}'", true)]
    [InlineData("text", "regexp_replace(replace(#::text, '-', ''), '(....)(?!$)', '\\1-', 'g')", false)]
    public async Task What_is_new_is_named_in_the_form_of_what_is_there(string type, string spelling, bool ids)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
            {Retype("instances", "user_id")}; {Retype("payments", "user_id")}; {Retype("resource_usages", "instance_id")};
            """ + (ids ? $"{Retype("users", "id")}; {Retype("instances", "id")}; {Retype("payments", "id")}; ALTER TABLE payments ADD FOREIGN KEY (user_id) REFERENCES users (id)" : ""));
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            INSERT INTO users (id, email) VALUES (md5('new')::uuid, 'new'); INSERT INTO instances (id, user_id, name, status) VALUES (md5('new')::uuid, md5('new')::uuid, 'new', 'running');
            INSERT INTO payments (id, user_id, amount) VALUES (md5('new')::uuid, md5('new')::uuid, 7); UPDATE instances SET user_id = md5('u2')::uuid WHERE name = 'N1';
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('new')::uuid, now(), 1), (md5('i1')::uuid, now(), 1);
            """);
        Assert.Equal((2L, 0L), await BackTwiceAsync(original, target));
        foreach (var (id, name) in new[]
        {
            ("new", "SELECT id::text FROM users WHERE email = 'new'"), ("new", "SELECT id::text FROM instances WHERE name = 'new'"), ("new", "SELECT id::text FROM payments WHERE amount = 7"),
            ("new", "SELECT user_id::text FROM instances WHERE name = 'new'"), ("u2", "SELECT user_id::text FROM instances WHERE name = 'N1'"),
            ("new", "SELECT user_id::text FROM payments WHERE amount = 7"), ("new", $"SELECT instance_id::text FROM resource_usages WHERE instance_id = {Of("new")}"),
        })
        {
            var isText = ids || !name.StartsWith("SELECT id", StringComparison.Ordinal);
            Assert.Equal(await original.DataSource.ScalarAsync<string>($"SELECT {(isText ? Of(id) : $"md5('{id}')::uuid::text")}"), await original.DataSource.ScalarAsync<string>(name));
        }

        string Of(string id) => spelling.Replace("#", $"md5('{id}')::uuid", StringComparison.Ordinal);
        string Retype(string table, string column) =>
            $"ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} TYPE {type} USING {spelling.Replace("#", column, StringComparison.Ordinal)}";
    }

    [Fact]
    public async Task A_change_of_any_column_goes_back_whether_a_way_back_was_complete_before_or_not()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            ALTER TABLE resource_usages ADD host text DEFAULT 'a', ADD doc json DEFAULT '{}'; ALTER TABLE users ADD doc json DEFAULT '{}';
            UPDATE resource_usages SET timestamp = '2026-11-01 10:00Z';
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        var back = new ReverseSync(Verbs.Between(original.ConnectionString, target.ConnectionString));
        foreach (var change in new[]
        {
            // Past all triggers, which shows in a way back that was not complete before.
            "SET session_replication_role = replica; UPDATE resource_usage SET cpu_usage = 7; SET session_replication_role = origin",
            "UPDATE resource_usage SET host = 'b'", "UPDATE resource_usage SET doc = '{ }'", "UPDATE users SET doc = '{ }' WHERE username = 'u1'",
            "DELETE FROM resource_usage; INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, host, doc) VALUES (md5('i1')::uuid, '2026-11-01 10:00Z', 8, 'c', '{}')",
        })
        {
            await target.DataSource.RunAsync(change);
            Assert.Equal((0, (DateTime?)null), await back.RunAsync(write: true, TestContext.Current.CancellationToken) is var report ? (report.Findings.Count, report.ReturnedAt) : default);
            const string Held = "SELECT concat_ws('|', (SELECT string_agg(doc::text, '|' ORDER BY username) FROM users), cpu_usage, host, doc) FROM ";
            Assert.Equal(await target.DataSource.ScalarAsync<string>(Held + "resource_usage"), await original.DataSource.ScalarAsync<string>(Held + "resource_usages"));
            Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        }

        var received = await target.DataSource.ScalarAsync<DateTime>("UPDATE resource_usage SET host = host; SELECT received_at FROM resource_usage");
        Assert.Equal(received, await target.DataSource.ScalarAsync<DateTime>("SELECT max(received_at) FROM resource_usage_versions"));
        Assert.NotNull((await back.RunAsync(write: true, TestContext.Current.CancellationToken)).ReturnedAt);
    }

    [Fact]
    public async Task A_null_goes_back_over_what_no_default_gives_and_defaults_stand_in_new_samples()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            ALTER TABLE resource_usages ADD host text DEFAULT 'dd', ADD n int DEFAULT 7, ADD kept int DEFAULT 7, ADD seen timestamptz DEFAULT now();
            UPDATE resource_usages SET host = 'custom', n = 8, seen = '2020-01-01', memory_usage = 0;
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        // Past all triggers: only the comparison of both sides shows it.
        await target.DataSource.RunAsync("SET session_replication_role = replica; UPDATE resource_usage SET host = NULL; SET session_replication_role = origin");
        Assert.Contains((await WayBackTests.BackAsync(original, target)).Notes, n => n.StartsWith("1 samples that were moved", StringComparison.Ordinal));
        const string Held = "SELECT string_agg(concat_ws(' ', cpu_usage, coalesce(host, '-'), coalesce(n, -1), coalesce(kept, -1), coalesce(memory_usage, -1), seen = '2020-01-01'), ', ' ORDER BY cpu_usage) FROM resource_usages";
        Assert.Equal("1 - 8 7 0 t", await original.DataSource.ScalarAsync<string>(Held));

        await target.DataSource.RunAsync(
            """
            UPDATE resource_usage SET n = NULL, kept = NULL, seen = NULL, memory_usage = NULL;
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, now(), 2);
            """);
        for (var run = 0; run < 2; run++)
        {
            var report = await WayBackTests.BackAsync(original, target);
            Assert.Equal((0, run == 0 ? 2 : 0), (report.Findings.Count, report.Written));
            Assert.Contains(report.Notes, n => n.EndsWith("in host, n, kept, seen, what the default there gives stands, and in seen whatever is there.", StringComparison.Ordinal));
            Assert.Equal("1 - -1 7 -1 t, 2 dd 7 7 -1 f", await original.DataSource.ScalarAsync<string>(Held));
        }
    }

    [Fact]
    public async Task What_the_target_holds_as_text_goes_back_as_what_it_is_in_the_original()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "ALTER TABLE resource_usages ADD iv interval DEFAULT '1 h'");
        await using var target = await TestTimescale.CreateAsync();
        // As copy makes it where the target's server is older than the original's.
        await target.DataSource.RunAsync("ALTER TABLE resource_usage ADD iv text");
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE resource_usage SET iv = '2 days'; INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, iv) VALUES (md5('i1')::uuid, now(), 2, '00:00:03')");
        for (var run = 0; run < 2; run++)
            Assert.Equal((0, run == 0 ? 2 : 0), await WayBackTests.BackAsync(original, target) is var report ? (report.Findings.Count, report.Written) : default);
        Assert.Equal("2 days 00:00:03", await original.DataSource.ScalarAsync<string>("SELECT string_agg(iv::text, ' ' ORDER BY cpu_usage) FROM resource_usages"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Triggers_on_the_samples_are_foretold_and_off_meanwhile_where_that_may_be(bool owner, bool mayAlter)
    {
        var isOff = owner && mayAlter;
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.memory_usage = 1; RETURN NEW; END';
            CREATE TRIGGER odd BEFORE INSERT OR UPDATE ON resource_usages FOR EACH ROW EXECUTE FUNCTION odd();
            """);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains(
            (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings,
            w => w.StartsWith("public.resource_usages has triggers that may change rows as they are written (odd)", StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        if (!mayAlter)
            await original.DataSource.RunAsync(WayBackTests.ForbiddenDdl);
        await target.DataSource.RunAsync(Late);
        var role = $"writer_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {role}; GRANT pg_read_all_data, pg_write_all_data TO {role}");
        var writer = owner ? original.ConnectionString : new Npgsql.NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = role }.ConnectionString;
        for (var run = 0; run < 2; run++)
        {
            var report = await WayBackTests.BackAsync(writer, target);
            Assert.Empty(report.Findings);
            Assert.Equal(isOff ? 0 : 1, report.Notes.Count);
        }

        Assert.Equal((61L, isOff ? 60L : 1L), (await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"),
            await original.DataSource.ScalarAsync<long>("SELECT count(DISTINCT memory_usage) FROM resource_usages")));
        Assert.Equal("O", await original.DataSource.ScalarAsync<string>("SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'odd'"));
        await original.DataSource.RunAsync($"DROP OWNED BY {role}; DROP USER {role}");
    }

    [Theory]
    [InlineData("DO ALSO INSERT INTO audit VALUES ('i')")]
    [InlineData("WHERE NEW.cpu_usage > 1 DO INSTEAD INSERT INTO audit VALUES ('i')")]
    public async Task A_rule_on_the_samples_is_foretold_and_named_with_what_helps(string rule)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + $"CREATE TABLE audit (what text); CREATE RULE \"An audit\" AS ON INSERT TO resource_usages {rule}");
        await using var target = await TestTimescale.CreateAsync();
        const string Remedy = "ALTER TABLE resource_usages DISABLE RULE \"An audit\"";
        Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.Contains(Remedy, StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
        Assert.Contains($"There: {Remedy}; then run", refused.Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync(Remedy);
        Assert.Equal((60L, 0L), await BackTwiceAsync(original, target));
    }

    [Fact]
    public async Task A_trigger_that_sets_the_time_doubles_nothing_where_it_cannot_be_switched_off()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE FUNCTION whole() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.timestamp = date_trunc(''hour'', NEW.timestamp); RETURN NEW; END';
            CREATE TRIGGER whole BEFORE INSERT ON resource_usages FOR EACH ROW EXECUTE FUNCTION whole();
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        var role = $"writer_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {role}; GRANT pg_read_all_data, pg_write_all_data TO {role}");
        var writer = new Npgsql.NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = role }.ConnectionString;
        Assert.Contains("a trigger may have set it", (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(writer, target))).Message, StringComparison.Ordinal);
        Assert.Equal(1L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
        Assert.Equal((60L, 0L), await BackTwiceAsync(original, target));
        await original.DataSource.RunAsync($"DROP OWNED BY {role}; DROP USER {role}");
    }

    [Theory]
    [InlineData("CREATE SCHEMA app; ALTER TABLE users SET SCHEMA app; ALTER TABLE instances SET SCHEMA app; ALTER TABLE payments SET SCHEMA app; ALTER TABLE resource_usages SET SCHEMA app", "Search Path=app")]
    [InlineData("ALTER TABLE users RENAME email TO \"Email\"; ALTER TABLE instances RENAME TO \"Instances\"; ALTER TABLE resource_usages RENAME TO \"Resource_Usages\"; ALTER TABLE \"Resource_Usages\" RENAME timestamp TO \"Timestamp\"", "lower case")]
    public async Task Whatever_the_tables_are_called_and_the_services_are_told_of(string names, string note)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + names);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings, w => w.Contains(note, StringComparison.Ordinal));
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(Late);
        await target.DataSource.RunAsync("UPDATE users SET email = 'x' WHERE username = 'u1'");
        Assert.Contains(note, Assert.Single((await WayBackTests.BackAsync(original, target)).Notes), StringComparison.Ordinal);
        Assert.Equal((0L, 0L), await BackTwiceAsync(original, target));
    }

    [Fact]
    public async Task Services_on_such_an_original_take_a_sample_once_that_is_sent_again()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            CREATE SCHEMA app; ALTER TABLE instances SET SCHEMA app; ALTER TABLE resource_usages SET SCHEMA app;
            ALTER TABLE app.resource_usages ALTER timestamp TYPE timestamptz(0), DROP id, ADD id bigint GENERATED ALWAYS AS IDENTITY;
            """);
        await using var services = Npgsql.NpgsqlDataSource.Create(new Npgsql.NpgsqlConnectionStringBuilder(original.ConnectionString) { SearchPath = "app" }.ConnectionString);
        var instance = await services.ScalarAsync<Guid>("SELECT md5('i1')::uuid");
        await using var writer = new UsageWriter(new DatabaseExecutor(services, TimeProvider.System), new(), TimeProvider.System);
        var recent = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60).AddMilliseconds(300);
        // What stands there and cannot be hides no sample, nor is it raised.
        await services.RunAsync(
            $"""
            INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, memory_usage) VALUES ('{instance}', '{recent.AddSeconds(1):O}', 'NaN', 1), ('{instance}', '{recent.AddSeconds(2):O}', 1, -1)
            """);
        foreach (var accepted in new[] { 3, 0 })
        {
            using var batch = writer.CreateBatch();
            for (var second = 0; second < 3; second++)
                batch.Add(second, new UsageSample(instance, recent.AddSeconds(second), new() { CpuUsage = 1, MemoryUsage = 5 }));
            Assert.Equal(accepted, (await writer.WriteAsync(batch, TestContext.Current.CancellationToken)).Accepted);
        }

        Assert.Equal(2L, await services.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE cpu_usage = 'NaN' OR memory_usage < 0"));
        Assert.Equal(3L, await services.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE cpu_usage = 1 AND memory_usage = 5"));
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX ON resource_usages (instance_id, timestamp)")]
    [InlineData("CREATE VIEW app.resource_usages AS SELECT * FROM public.resource_usages")]
    public async Task Whatever_was_changed_by_hand_goes_back_as_the_target_has_it(string rule)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            $"""
            CREATE SCHEMA app; ALTER TABLE resource_usages ADD zone text, ADD cnt int NOT NULL DEFAULT 7, ADD price money DEFAULT 3.25, ADD twice bigint GENERATED ALWAYS AS (memory_usage * 2) STORED;
            INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, memory_usage, network_in, zone, created_at, deleted_at) VALUES
              (md5('i1')::uuid, '2026-11-01 10:00Z', 10, 1, 5, 'eu', now(), NULL), (md5('i1')::uuid, '2026-11-01 11:00Z', 20, 1, 6, 'eu', now(), NULL),
              (md5('i1')::uuid, '2026-11-01 12:00Z', 'NaN', 1, 6, 'eu', now(), NULL), (md5('i1')::uuid, '2026-11-01 13:00Z', 30, 1, 6, 'eu', now(), '2026-11-02'),
              (md5('i1')::uuid, '2026-11-01 14:00Z', 40, 1, 6, 'eu', now(), NULL);
            {rule};
            """);
        await using var target = await TestTimescale.CreateAsync();
        var connection = original.ConnectionString + (rule.Contains("VIEW", StringComparison.Ordinal) ? ";Search Path=app,public" : "");
        await Verbs.CopyAsync(connection, target.ConnectionString);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");

        // Lowered, made unknown, correct where the original has no number, unmarked, changed and marked, and new with and without a zone.
        await target.DataSource.RunAsync(
            """
            UPDATE resource_usage SET cpu_usage = 5, zone = 'us', cnt = 8, price = '7.75', received_at = now() WHERE cpu_usage = 10;
            UPDATE resource_usage SET network_in = NULL, received_at = now() WHERE cpu_usage = 20;
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, memory_usage, zone) VALUES (md5('i1')::uuid, '2026-11-01 12:00Z', 55, 66, 'eu');
            UPDATE resource_usage SET deleted_at = NULL, received_at = now() WHERE cpu_usage = 30;
            UPDATE resource_usage SET cpu_usage = 41, deleted_at = '2026-11-03', received_at = now() WHERE cpu_usage = 40;
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, zone, cnt) VALUES (md5('i2')::uuid, '2026-11-01 10:00Z', 1, 'a''b', 9), (md5('i3')::uuid, '2026-11-01 10:00Z', 1, NULL, NULL);
            """);
        for (var run = 0; run < 2; run++)
        {
            var report = await WayBackTests.BackAsync(connection, target);
            Assert.Equal((0, run == 0 ? 6 : 0), (report.Findings.Count, report.Written));
        }

        const string Samples = "SELECT string_agg(concat_ws('|', instance_id, timestamp, coalesce(cpu_usage, -1), coalesce(memory_usage, -1), coalesce(network_in, -1), coalesce(zone, '-'), coalesce(cnt, 7), coalesce(price, '3.25'), deleted_at), ' ' ORDER BY instance_id, timestamp) FROM ";
        Assert.Equal(await target.DataSource.ScalarAsync<string>(Samples + "resource_usage"), await original.DataSource.ScalarAsync<string>(Samples + "resource_usages"));
    }

    [Fact]
    public async Task What_was_moved_and_the_original_has_lost_or_changed_since_is_written_again()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, created_at)
            SELECT md5('i' || 1 + n % 3)::uuid, '2026-11-01 00:00Z'::timestamptz + n * interval '1 minute', n, now() FROM generate_series(1, 60) n;
            INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, created_at) VALUES (md5('i1')::uuid, '2026-11-01 00:03Z', 7, now() + interval '1 hour');
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CutoverAsync(original, target, limit: 100);
        await original.DataSource.RunAsync(
            """
            DELETE FROM resource_usages WHERE instance_id = md5('i2')::uuid AND cpu_usage > 30; UPDATE resource_usages SET cpu_usage = 1 WHERE cpu_usage = 20;
            INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, created_at) VALUES (md5('i2')::uuid, '2026-11-01 12:00Z', 1, now());
            """);
        var report = await WayBackTests.BackAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.StartsWith("11 samples that were moved, and that the original had lost or held otherwise than the target", Assert.Single(report.Notes));
        Assert.Equal((63L, 1L), (await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"),
            await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE cpu_usage = 7 AND created_at > now() + interval '30 minutes'")));
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Notes);

        // What of it nobody holds any more is told, and what the target has deleted, also where as many came late.
        await target.DataSource.RunAsync(
            """
            DELETE FROM resource_usage WHERE cpu_usage IN (40, 50);
            INSERT INTO resource_usage (instance_id, timestamp, cpu_usage) VALUES (md5('i1')::uuid, '2026-11-01 00:05:07Z', 991), (md5('i2')::uuid, '2026-11-01 00:05:07Z', 992)
            """);
        Assert.StartsWith("At least 2 samples that were moved are in the target no more", Assert.Single((await WayBackTests.BackAsync(original, target)).Notes), StringComparison.Ordinal);
        await original.DataSource.RunAsync("TRUNCATE resource_usages");
        await target.DataSource.RunAsync("DELETE FROM resource_usage WHERE cpu_usage > 990");
        report = await WayBackTests.BackAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.Contains(report.Notes, n => n.StartsWith("59 samples that were moved, and that the original had lost", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.Contains("rows fewer than at the cutover", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.StartsWith("At least 2 samples that were moved are in the target no more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_can_have_measured_and_a_mark_that_the_original_forbids_are_refused_by_name()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "ALTER TABLE resource_usages ADD CHECK (deleted_at > '2026-11-20'), ALTER deleted_at TYPE timestamptz(0)");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        foreach (var (time, cpu, memory, why) in new[]
        {
            ("12000-01-01", "1", "1", "12000-01-01 00:00:00+00: its time is out of range"), ("2600-01-01", "1", "1", "its time is out of range"),
            ("2026-11-01", "'NaN'", "1", "cpu_usage is no number of percent of one core: NaN"), ("2026-11-01", "-1", "1", "cpu_usage is no number"), ("2026-11-01", "1", "-1", "a measure is negative"),
        })
        {
            await target.DataSource.RunAsync($"INSERT INTO resource_usage (instance_id, timestamp, cpu_usage, memory_usage) VALUES (md5('i1')::uuid, '{time}', {cpu}, {memory})");
            Assert.Contains(why, (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message, StringComparison.Ordinal);
            await target.DataSource.RunAsync($"DELETE FROM resource_usage WHERE timestamp = '{time}'");
        }

        foreach (var (mark, why) in new[] { ("2026-11-01", "23514"), ("2026-11-25 10:00:00.7Z", "would hold 2026-11-25 10:00:01+00 in deleted_at") })
        {
            await target.DataSource.RunAsync($"UPDATE resource_usage SET deleted_at = '{mark}', received_at = now()");
            var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target));
            Assert.Contains(why, refused.Message, StringComparison.Ordinal);
            Assert.Contains($"(instance {await target.DataSource.ScalarAsync<string>("SELECT md5('i1')::uuid::text")} at ", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("'2026-11-03'", "'2026-11-02'")]
    [InlineData("'0001-01-01'", "'2026-11-02'")]
    [InlineData("'-infinity'", "now()")]
    [InlineData("NULL", "'2026-11-02'")]
    public async Task Of_several_samples_of_one_instant_the_one_is_written_that_was_moved(string other, string moved)
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + Several("5", other) + Several("7", moved));
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await target.DataSource.RunAsync("UPDATE resource_usage SET cpu_usage = 50 WHERE cpu_usage = 7");
        Assert.Equal((1L, 0L), await BackTwiceAsync(original, target));
        Assert.Equal("5,50", await SeveralAsync(original));
        await target.DataSource.RunAsync("UPDATE resource_usage SET deleted_at = now() WHERE cpu_usage = 50");
        Assert.Equal((0L, 0L), await BackTwiceAsync(original, target));
        Assert.Equal("", await SeveralAsync(original));
    }

    [Theory]
    [InlineData(1, "clerk_user_id", "SELECT")]
    [InlineData(2, "username", "SELECT")]
    [InlineData(2, "username", "ALTER TABLE resource_usages DROP id, DROP created_at")]
    [InlineData(2, "username", "ALTER TABLE resource_usages DROP id, ALTER deleted_at TYPE date")]
    [InlineData(2, "username", "ALTER TABLE resource_usages RENAME deleted_at TO \"Deleted_At\"")]
    [InlineData(2, "username", "ALTER TABLE resource_usages RENAME TO samples; CREATE VIEW resource_usages AS SELECT * FROM samples")]
    [InlineData(3, "username, password_hash", "SELECT")]
    public async Task Of_several_samples_of_one_instant_those_in_quarantine_stay_as_they_are_whatever_the_target_holds(int generation, string names, string change)
    {
        var table = generation == 3 ? "resource_usage" : "resource_usages";
        await using var original = await Original.CreateAsync(generation,
            $"""
            INSERT INTO users (id, email, {names}) VALUES (md5('u1')::uuid, 'u1', 'u1'{(generation == 3 ? ", 'h'" : "")});
            INSERT INTO instances (id, user_id, name, status) VALUES (md5('i1')::uuid, md5('u1')::uuid, 'N', 'running');
            INSERT INTO {table} (id, instance_id, timestamp, cpu_usage, memory_usage) SELECT gen_random_uuid(), md5('i1')::uuid, '2026-11-01', cpu, 1 FROM unnest(ARRAY[8,5,7]) cpu;
            {change};
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        // Past what comes first by its values, to what another one holds, away from that again.
        foreach (var (cpu, held) in new[] { (9, "7,8,9"), (8, "7,8,8"), (11, "7,8,11") })
        {
            await target.DataSource.RunAsync($"UPDATE resource_usage SET cpu_usage = {cpu}");
            Assert.Equal((1L, 0L), await BackTwiceAsync(original, target));
            Assert.Equal(held, await HeldAsync("true"));
        }

        if (generation != 2)
            return;
        var mark = change.Contains('"', StringComparison.Ordinal) ? "\"Deleted_At\"" : "deleted_at";
        foreach (var (set, live, all) in new[]
        {
            ("deleted_at = '2026-11-03'", "", "7,8,11"), ("cpu_usage = 12", "", "7,8,12"), ("deleted_at = NULL, cpu_usage = 13", "13", "7,8,13"),
        })
        {
            await target.DataSource.RunAsync($"UPDATE resource_usage SET {set}");
            await BackTwiceAsync(original, target);
            Assert.Equal((live, all), (await HeldAsync($"{mark} IS NULL"), await HeldAsync("true")));
        }

        Task<string> HeldAsync(string condition) => original.DataSource.ScalarAsync<string>($"SELECT coalesce(string_agg(cpu_usage::text, ',' ORDER BY cpu_usage), '') FROM {table} WHERE {condition}")!;
    }

    [Fact]
    public async Task Where_several_are_in_no_quarantine_and_another_comes_first_afterwards_it_is_not_written_over_and_the_remedy_works()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + Several("5", "'2026-11-02'") + Several("6", "'2026-11-02'"));
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await original.DataSource.RunAsync(Several("7", "'2026-11-02'") + Several("8", "'2026-11-02'"));
        await target.DataSource.RunAsync("UPDATE resource_usage SET cpu_usage = 50 WHERE cpu_usage = 5");
        for (var run = 0; run < 2; run++)
        {
            Assert.Contains("another comes first there: DELETE those", Assert.Single((await WayBackTests.BackAsync(original, target)).Findings), StringComparison.Ordinal);
            Assert.Equal("6,7,8,50", await SeveralAsync(original));
        }

        await original.DataSource.RunAsync("DELETE FROM resource_usages WHERE cpu_usage IN (7, 8)");
        Assert.Equal((0L, 0L), await BackTwiceAsync(original, target));
        Assert.Equal("6,50", await SeveralAsync(original));
    }

    private static string Several(string cpu, string created) =>
        $"INSERT INTO resource_usages (instance_id, timestamp, cpu_usage, created_at) VALUES (md5('i2')::uuid, '2026-11-01', {cpu}, {created});";

    private static Task<string> SeveralAsync(TestPostgres original) => original.DataSource.ScalarAsync<string>(
        "SELECT coalesce(string_agg(cpu_usage::text, ',' ORDER BY cpu_usage), '') FROM resource_usages WHERE timestamp = '2026-11-01' AND deleted_at IS NULL");

    private static async Task<(long First, long Second)> BackTwiceAsync(TestPostgres original, TestTimescale target)
    {
        var (first, second) = (await WayBackTests.BackAsync(original, target), await WayBackTests.BackAsync(original, target));
        Assert.Empty(first.Findings.Concat(second.Findings));
        return (first.Written, second.Written);
    }
}
