using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>No value that a column can hold ends a copy, a pass or a verify.</summary>
public sealed class OddValueTests
{
    private const string Instances =
        "INSERT INTO instances (id, name, status) SELECT md5('i' || n)::uuid, 'n' || n, 'running' FROM generate_series(1, 2) n;";

    [Fact]
    public async Task Values_at_the_ends_of_every_type_are_moved_or_quarantined_and_verified()
    {
        // Twice in one bucket, and on two instances of a day: sums of them overflow. The smallest double, at 1e-10 of itself, underflows.
        await using var original = await Original.CreateAsync(2, Instances +
            """
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, network_in, created_at)
            SELECT md5('i' || i)::uuid, date_trunc('hour', now()) - interval '2 days' - n * interval '1 second', v, 9223372036854775807, 9223372036854775807, now()
            FROM unnest('{1.7976931348623157e308, 1.7976931348623157e308, -1.7976931348623157e308, 4.9e-324, 2.2e-308, -0, 1000000, 1000001}'::float8[])
                 WITH ORDINALITY u(v, n), generate_series(1, 2) i;
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);
        Assert.Equal((8L, 8L), (result.Samples.MovedRows, result.Samples.QuarantinedRows));
        var report = await Verbs.VerifyAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.Equal(
            (9223372036854775807L, (Int128)8 * 9223372036854775807L),
            report.Columns.Where(c => c.Column == "network_in").Select(c => ((long)c.Target.Greatest!, (Int128)c.Target.Sum)).Single());
    }

    [Fact]
    public async Task A_column_by_the_name_of_an_alias_of_ours_is_a_column_like_others()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty +
            """
            ALTER TABLE resource_usages ADD s int DEFAULT 1, ADD r text DEFAULT 'r', ADD t int, ADD u int, ADD w int; ALTER TABLE users ADD s text, ADD t int, ADD u int, ADD h int;
            ALTER TABLE payments DROP CONSTRAINT payments_pkey, DROP CONSTRAINT payments_user_id_fkey, DROP COLUMN id, ADD s text, ADD t text DEFAULT 't';
            INSERT INTO payments (amount, user_id) VALUES (1, md5('nobody')::uuid);
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(new("payments", 2, 1, 1), result.Tables[2]);
        Assert.Equal(Original.DirtyQuarantined, result.Samples.QuarantinedRows);
        Assert.Equal("1", await target.DataSource.ScalarAsync<string>("SELECT DISTINCT \"row\" ->> 's' FROM migration_quarantine WHERE source_table = 'resource_usages'"));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        await target.DataSource.RunAsync("UPDATE payments SET t = 'x'; UPDATE resource_usage SET r = 'x' WHERE cpu_usage = 99.8");
        var findings = string.Join('\n', (await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Contains("payments: not in the original: {\"id\":", findings, StringComparison.Ordinal);
        Assert.Contains("\"r\" is \"x\", should be \"r\"", findings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99.8)] // straight into columns
    [InlineData(0.1)]
    public async Task A_constraint_of_somebody_elses_on_the_target_is_named_and_the_remedy_works(double cpu)
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty + FormattableString.Invariant($"UPDATE resource_usages SET cpu_usage = 5000 WHERE cpu_usage = {cpu}"));
        await using var target = await TestTimescale.CreateAsync();
        await target.DataSource.RunAsync("ALTER TABLE resource_usage ADD CONSTRAINT theirs CHECK (cpu_usage < 1000)");
        var refused = (await Assert.ThrowsAsync<RefusedException>(() => Original.CopyAsync(original, target))).Message;
        Assert.Contains("violates check constraint \"theirs\"). What refuses it, a constraint or a trigger, is none of ours", refused, StringComparison.Ordinal);
        await target.DataSource.RunAsync("ALTER TABLE resource_usage DROP CONSTRAINT theirs");
        Assert.Equal(Original.DirtyMoved, (await Original.CopyAsync(original, target)).Samples.MovedRows);
    }

    [Fact]
    public async Task A_name_of_any_length_comes_over_and_is_found()
    {
        await using var original = await Original.CreateAsync(2,
            """
            ALTER TABLE instances ALTER name TYPE text, ALTER container_id TYPE text;
            INSERT INTO instances (id, name, container_id, status) SELECT md5('i')::uuid, string_agg(md5(n::text), ''), string_agg(md5(-n || 'c'), ''), 'running' FROM generate_series(1, 400) n;
            INSERT INTO resource_usages (instance_id, "timestamp", created_at) VALUES (md5('i')::uuid, now() - interval '3 days', now());
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);
        Assert.Equal(0, result.Tables.Sum(t => t.QuarantinedRows));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task Zero_that_becomes_minus_zero_is_no_difference_and_in_a_column_of_the_originals_own_it_is_one_that_arrives()
    {
        await using var original = await Original.CreateAsync(2, Instances +
            """
            ALTER TABLE resource_usages ADD load float8;
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, load, created_at) SELECT md5('i1')::uuid, now() - interval '3 days', 0, 0, now();
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("UPDATE resource_usages SET cpu_usage = '-0'");
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await original.DataSource.RunAsync("UPDATE resource_usages SET load = '-0'");
        Assert.Equal(1, (await Verbs.CatchUpAsync(original, target)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal("-0", await target.DataSource.ScalarAsync<string>("SELECT load::text FROM resource_usage"));
    }
}
