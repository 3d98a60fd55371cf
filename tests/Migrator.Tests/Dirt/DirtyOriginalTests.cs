using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Dirt;

public sealed class DirtyOriginalTests
{
    public static TheoryData<string> Names => new(DirtyOriginals.All.Keys);

    [Theory, MemberData(nameof(Names))]
    public async Task Every_sample_is_accounted_for_and_a_changed_value_is_named(string name)
    {
        var (sql, moved, quarantined, change, finding) = DirtyOriginals.All[name];
        await using var original = await TestPostgres.CreateAsync();
        await original.DataSource.RunAsync(sql);
        var fingerprint = await FingerprintAsync(original);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);

        Assert.Equal((moved, quarantined), (result.Samples.MovedRows, result.Samples.QuarantinedRows));
        Assert.All(result.Tables, table => Assert.Equal(table.SourceRows, table.MovedRows + table.QuarantinedRows));
        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(source_rows = moved_rows + quarantined_rows) FROM migration_windows"));
        var columns = await ColumnsAsync(target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);
        await target.DataSource.PauseJobsAsync();
        await target.DataSource.RunAsync(change);
        Assert.Contains((await Verbs.VerifyAsync(original, target)).Findings, f => f.Contains(finding, StringComparison.Ordinal));
        Assert.Equal(columns, await ColumnsAsync(target));
        Assert.Equal(fingerprint, await FingerprintAsync(original));
    }

    [Fact]
    public async Task A_column_that_comes_later_is_found_by_verify_and_brought_by_catch_up()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync(
            """ALTER TABLE resource_usages ADD "Order" int DEFAULT 1; ALTER TABLE users ADD "user" text; UPDATE users SET "user" = 'x'""");

        var columns = await ColumnsAsync(target);
        var findings = (await Verbs.VerifyAsync(original, target)).Findings;
        Assert.Contains("resource_usages: the target lacks column \"Order\"; run catch-up", findings);
        Assert.Contains("users: the target lacks column \"user\"; run catch-up", findings);
        Assert.Equal(columns, await ColumnsAsync(target));

        Assert.NotEqual(0, (await Verbs.CatchUpAsync(original, target)).Windows);
        Assert.Equal(Original.DirtyMoved, await target.DataSource.ScalarAsync<long>("SELECT sum(\"Order\") FROM resource_usage"));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await original.DataSource.RunAsync("UPDATE resource_usages SET \"Order\" = 2 WHERE id IN (SELECT id FROM resource_usages WHERE cpu_usage = 0.7)");
        Assert.Equal(1, (await Verbs.CatchUpAsync(original, target)).Windows);
    }

    private static Task<string> ColumnsAsync(TestTimescale target) => target.DataSource.ScalarAsync<string>(
        "SELECT string_agg(concat(attrelid::regclass, attname, atttypid::regtype), ',' ORDER BY attrelid, attnum) FROM pg_attribute WHERE attrelid = ANY('{users,instances,resource_usage}'::regclass[])");

    /// <summary>What every table holds, and which tables and columns there are.</summary>
    private static Task<string> FingerprintAsync(TestPostgres original) => original.DataSource.ScalarAsync<string>(
        "SELECT md5(string_agg(query_to_xml(format('SELECT t::text FROM %s t ORDER BY 1', c.oid::regclass), true, false, '')::text, '' ORDER BY c.oid)) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')");
}
