using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>What is another type in the target is the same value there, or is refused or named.</summary>
public sealed class CastTests
{
    private const string People =
        """
        INSERT INTO users (id, email, username) SELECT md5('u' || n)::uuid, n || '@example.com', 'u' || n FROM generate_series(1, 3) n;
        INSERT INTO instances (id, name, status) SELECT md5('i' || n)::uuid, 'i' || n, 'running' FROM generate_series(1, 3) n;
        INSERT INTO payments (id, amount) SELECT md5('p' || n)::uuid, n FROM generate_series(1, 3) n;
        INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) VALUES (md5('i1')::uuid, now() - interval '1 day', 1, now());
        """;

    [Theory]
    [InlineData("varchar(10)", "varchar(200)", "'a note that is longer than ten'", "text")]
    [InlineData("numeric(6,2)", "numeric(12,4)", "1234.5678", "numeric")]
    [InlineData("timestamptz(0)", "timestamptz", "'2026-01-01 00:00:00.654321'", "timestamp with time zone")]
    public async Task A_column_that_was_widened_since_is_refused_until_the_targets_is_too(string before, string after, string value, string remedy)
    {
        await using var original = await Original.CreateAsync(2, People + $"ALTER TABLE users ADD note {before}");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync($"ALTER TABLE users ALTER note TYPE {after}; UPDATE users SET note = {value} WHERE username = 'u1'");
        var problem = Assert.Single((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message);
        Assert.Equal(problem, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.VerifyAsync(original, target))).Message);
        var alter = problem[problem.IndexOf("ALTER TABLE", StringComparison.Ordinal)..].TrimEnd('.');
        Assert.EndsWith($"TYPE {remedy}", alter, StringComparison.Ordinal);
        await target.DataSource.RunAsync(alter);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.True(await target.DataSource.ScalarAsync<bool>($"SELECT note = {value} FROM users WHERE username = 'u1'"));
    }

    [Fact]
    public async Task A_column_of_the_samples_that_was_widened_comes_anew_by_the_remedy_also_into_compressed_chunks()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty + "ALTER TABLE resource_usages ADD note varchar(5); UPDATE resource_usages SET note = 'short';");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("ALTER TABLE resource_usages ALTER note TYPE text; UPDATE resource_usages SET note = 'longer' WHERE cpu_usage = 0.1");
        var problem = (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message;
        var remedy = problem[problem.IndexOf("ALTER TABLE", StringComparison.Ordinal)..];
        await target.DataSource.RunAsync(remedy[..remedy.IndexOf(';', StringComparison.Ordinal)]);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(
            (Original.DirtyMoved - 1, 1L),
            (await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE note = 'short'"),
                await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE note = 'longer'")));
    }

    [Theory]
    [InlineData("instances", "port", "text", "0080", " 80")]
    [InlineData("instances", "port", "text", "0x50", "-80")]
    [InlineData("instances", "cpu_limit", "text", "0.123456789012345678901", "5e-1")]
    [InlineData("instances", "cpu_limit", "text", "00.5", "+.5")]
    [InlineData("payments", "metadata", "json", """{"a":1,"\u0061":2}""", """{"a": {"a": 1.10}}""")]
    [InlineData("payments", "metadata", "text", """[{"b":1,"b":2}]""", "[1]")]
    [InlineData("users", "current_period_end", "text", "now", "infinity")]
    [InlineData("users", "current_period_end", "text", "Tomorrow 10:00", "2026-10-01T12:00:00+02")]
    public async Task A_value_that_the_targets_type_reads_as_another_one_goes_to_quarantine(string table, string column, string type, string bad, string good)
    {
        var id = table[..1];
        await using var original = await Original.CreateAsync(2, People +
            $"ALTER TABLE {table} ALTER {column} TYPE {type} USING NULL; UPDATE {table} SET {column} = CASE id WHEN md5('{id}1')::uuid THEN '{bad}' WHEN md5('{id}2')::uuid THEN '{good}' END::{type}");
        await using var target = await TestTimescale.CreateAsync();
        var plan = await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString);
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(plan.Original!.Relations.Select(r => r.Books), result.Tables.SkipLast(1));
        Assert.StartsWith(column, Assert.Single(plan.Original.Relations.Single(r => r.Books.Table == table).Quarantine).Key);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(2L, await target.DataSource.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
        Assert.True(await target.DataSource.ScalarAsync<bool>($"SELECT {column} = '{good}' FROM {table} WHERE id = md5('{id}2')::uuid"));

        // A row that has been moved goes when its value becomes one.
        await original.DataSource.RunAsync($"UPDATE {table} SET {column} = '{bad}' WHERE id = md5('{id}2')::uuid");
        Assert.NotEmpty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(1L, await target.DataSource.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task A_number_or_a_truth_that_is_spelled_otherwise_is_the_same_also_on_the_way_back()
    {
        const string Spelled = "'{5e-1,1e0,1E308,0.50,.5,5.,+1,\" 1 \",-0,NaN,-inf,100}'::text[]";
        await using var original = await Original.CreateAsync(2, People +
            $"""
            ALTER TABLE instances ALTER cpu_limit TYPE text, ALTER port TYPE text, ADD shown boolean;
            INSERT INTO instances (id, name, status, cpu_limit, port, shown) SELECT md5('s' || n)::uuid, 's' || n, 'running', s, (ARRAY['+80', ' 80', '-0'])[1 + n % 3], true FROM unnest({Spelled}) WITH ORDINALITY s (s, n);
            ALTER TABLE resource_usages ALTER cpu_usage TYPE text, ALTER memory_usage TYPE text;
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, created_at)
              SELECT md5('s' || n)::uuid, '2026-11-01', s, (ARRAY['+80', ' 80', '-0'])[1 + n % 3], now() FROM unnest({Spelled}) WITH ORDINALITY s (s, n) WHERE s NOT IN ('NaN', '-inf', '1E308');
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("ALTER TABLE instances ALTER shown TYPE text USING CASE name WHEN 's1' THEN 'YES' ELSE 'on' END");
        Assert.All((await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Original!.Relations, r => Assert.Equal(0L, r.Books.QuarantinedRows));
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).QuarantinedRows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal("0.5 1 1e+308 0.5 0.5 5 1 1 -0 NaN -Infinity 100", await target.DataSource.ScalarAsync<string>(
            "SELECT string_agg(cpu_limit::text, ' ' ORDER BY substr(name, 2)::int) FROM instances WHERE name LIKE 's%' AND shown"));

        await Verbs.CutoverAsync(original, target);
        await target.DataSource.RunAsync("UPDATE instances SET description = 'changed'; UPDATE instances SET cpu_limit = 0.25 WHERE name = 's1'; UPDATE resource_usage SET network_in = 1 WHERE instance_id = md5('s4')::uuid");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal("0.25 +1 on 0.50", await original.DataSource.ScalarAsync<string>(
            "SELECT concat_ws(' ', (SELECT cpu_limit FROM instances WHERE name = 's1'), cpu_limit, shown, (SELECT cpu_usage FROM resource_usages WHERE network_in = 1)) FROM instances WHERE name = 's7'"));
    }

    [Theory]
    [InlineData("now(), '2020-01-01'", "NULL, '2026-01-01'", "2")]
    [InlineData("NULL, '2026-01-01'", "now(), '2020-01-01'", "1")]
    public async Task Of_two_spellings_of_one_id_the_live_row_arrives_wherever_it_lies(string first, string second, string live)
    {
        await using var original = await Original.CreateAsync(2,
            $"""
            ALTER TABLE instances DROP CONSTRAINT instances_user_id_fkey; ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
            ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE text;
            INSERT INTO users (id, email, deleted_at, created_at) VALUES ('AAAAAAAA-1111-4111-8111-111111111111', '1', {first}), ('aaaaaaaa-1111-4111-8111-111111111111', '2', {second});
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Equal(live, await target.DataSource.ScalarAsync<string>("SELECT email FROM users"));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task A_date_is_the_day_that_the_original_takes_it_for()
    {
        await using var original = await Original.CreateAsync(2, People +
            "ALTER TABLE users ALTER created_at TYPE text USING '03/04/2026 10:00'; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database()); END $$");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal("2026-04-03", await target.DataSource.ScalarAsync<string>("SELECT to_char(min(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM users"));
    }

    [Fact]
    public async Task A_sample_whose_instance_comes_later_is_moved_then_also_from_a_padded_column()
    {
        await using var original = await Original.CreateAsync(2, People +
            """
            ALTER TABLE resource_usages ALTER instance_id TYPE char(40) USING instance_id::text;
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) VALUES (md5('late')::uuid::text, now() - interval '1 day', 1, now());
            """);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Equal(1, (await Original.CopyAsync(original, target)).Samples.QuarantinedRows);
        await original.DataSource.RunAsync("INSERT INTO instances (id, name, status) VALUES (md5('late')::uuid, 'late', 'running')");
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).QuarantinedRows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task A_column_that_the_original_has_no_more_is_a_mismatch_while_the_target_holds_values_of_it()
    {
        await using var original = await Original.CreateAsync(2, People + "UPDATE instances SET description = 'd'");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("ALTER TABLE instances RENAME description TO descr; ALTER TABLE resource_usages DROP disk_usage; ALTER TABLE users DROP first_name");
        await Verbs.CatchUpAsync(original, target);
        var finding = Assert.Single((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.StartsWith("instances: the original has no column \"description\" any more", finding, StringComparison.Ordinal);
        await target.DataSource.RunAsync(finding[finding.IndexOf("UPDATE", StringComparison.Ordinal)..]);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task A_table_that_the_original_has_no_more_is_a_mismatch_while_the_target_holds_rows_of_it()
    {
        await using var original = await Original.CreateAsync(2, People);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("ALTER TABLE payments RENAME TO old_payments");
        await Verbs.CatchUpAsync(original, target);
        Assert.StartsWith(
            "payments: the original has no such table any more, and the target 3 rows of it",
            Assert.Single((await Verbs.VerifyAsync(original, target)).Findings), StringComparison.Ordinal);
        await original.DataSource.RunAsync("CREATE VIEW payments AS SELECT * FROM old_payments WHERE false");
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }
}
