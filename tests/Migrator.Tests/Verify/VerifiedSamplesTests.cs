using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Verify;

public sealed class VerifiedSamplesTests
{
    // Old samples stand in columns, new ones as rows.
    [Theory]
    [InlineData("DELETE FROM resource_usage WHERE cpu_usage = 99.8", "samples were moved")]
    [InlineData("DELETE FROM resource_usage WHERE cpu_usage = 0.1", "samples were moved")]
    [InlineData("UPDATE resource_usage SET memory_usage = 0 WHERE cpu_usage = 99.8", "memory_usage is 0, should be 998000")]
    [InlineData("UPDATE resource_usage SET memory_usage = 0 WHERE cpu_usage = 0.1", "memory_usage is 0, should be 1000")]
    [InlineData("INSERT INTO resource_usage (instance_id, \"timestamp\") SELECT instance_id, \"timestamp\" + interval '1 second' FROM resource_usage WHERE cpu_usage = 0.1; DELETE FROM resource_usage WHERE cpu_usage = 0.1", "not in the original")]
    [InlineData("INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES (md5('i1')::uuid, '2001-01-01')", "before the first window: 0 samples were moved, 1 are there")]
    [InlineData("TRUNCATE resource_usage", "samples were moved, 0 are there")]
    [InlineData("DELETE FROM migration_quarantine WHERE reason LIKE 'duplicate%'", "migration_quarantine holds another number")]
    public async Task Samples_that_are_changed_between_verify_and_cutover_keep_it_from_happening(string change, string finding)
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await MovedAsync(original);
        await target.DataSource.RunAsync(change);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target));
        Assert.Contains(finding, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Run verify", refused.Message, StringComparison.Ordinal);
        Assert.False((await Verbs.VerifyAsync(original, target)).Matches);
    }

    [Fact]
    public async Task Samples_that_the_original_loses_meanwhile_do_so_too_and_chunks_that_a_policy_compresses_do_not()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await MovedAsync(original);
        await original.DataSource.RunAsync("CREATE TABLE kept AS SELECT * FROM resource_usages WHERE cpu_usage = 0.1; DELETE FROM resource_usages WHERE cpu_usage = 0.1");
        Assert.Contains("run catch-up", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync("INSERT INTO resource_usages SELECT * FROM kept");

        await target.DataSource.RunAsync("SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('resource_usage') c");
        await Verbs.CutoverAsync(original, target);
    }

    private static async Task<TestTimescale> MovedAsync(TestPostgres original)
    {
        var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.PauseJobsAsync();
        Assert.True((await Verbs.VerifyAsync(original, target)).Matches);
        return target;
    }
}
