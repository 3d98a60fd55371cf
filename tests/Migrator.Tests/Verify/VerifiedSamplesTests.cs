using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Verify;

public sealed class VerifiedSamplesTests
{
    // Old samples stand in columns, new ones as rows.
    [Fact]
    public async Task Samples_that_are_changed_between_verify_and_cutover_keep_it_from_happening_and_the_next_pass_brings_them_back()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await MovedAsync(original);
        await RefusedAsync(
            """
            DELETE FROM resource_usage WHERE cpu_usage = 99.8; DELETE FROM resource_usage WHERE cpu_usage = 0.1;
            INSERT INTO resource_usage (instance_id, "timestamp") VALUES (md5('i1')::uuid, '2001-01-01')
            """,
            $"window {await WindowAsync(99.8)} samples were moved, ", $"window {await WindowAsync(0.1)} samples were moved, ", "before the first window: 0 samples were moved, 1 are there");
        // Nobody's: no pass knows of it.
        await target.DataSource.RunAsync("DELETE FROM resource_usage WHERE \"timestamp\" = '2001-01-01'");
        await BroughtBackAsync();

        await RefusedAsync("DELETE FROM migration_quarantine WHERE reason LIKE 'duplicate%'", "migration_quarantine holds another number");
        await BroughtBackAsync();

        // By transactions that were open while verify looked.
        await RefusedAsync(
            "UPDATE resource_usage SET memory_usage = 0 WHERE cpu_usage IN (0.1, 99.8); UPDATE migration_runs SET verified_at = now()",
            "memory_usage is 0, should be 998000", "memory_usage is 0, should be 1000");
        await BroughtBackAsync();

        await RefusedAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp") SELECT instance_id, "timestamp" + interval '1 second' FROM resource_usage WHERE cpu_usage = 0.1;
            DELETE FROM resource_usage WHERE cpu_usage = 0.1
            """, "not in the original");
        await BroughtBackAsync();

        await RefusedAsync("TRUNCATE resource_usage", "samples were moved, 0 are there");
        await BroughtBackAsync();
        await Verbs.CutoverAsync(original, target);

        Task<string> WindowAsync(double cpu) => target.DataSource.ScalarAsync<string>(FormattableString.Invariant(
            $"""SELECT concat(window_start, ': ', moved_rows) FROM migration_windows, resource_usage WHERE cpu_usage = {cpu} AND "timestamp" >= window_start AND "timestamp" < window_end"""))!;

        async Task RefusedAsync(string change, params string[] findings)
        {
            foreach (var statement in change.Split(';'))
                await target.DataSource.RunAsync(statement);
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target));
            Assert.All(findings, finding => Assert.Contains(finding, refused.Message, StringComparison.Ordinal));
            Assert.Contains("Run verify", refused.Message, StringComparison.Ordinal);
            Assert.False((await Verbs.VerifyAsync(original, target)).Matches);
        }

        async Task BroughtBackAsync()
        {
            await Verbs.CatchUpAsync(original, target);
            var report = await Verbs.VerifyAsync(original, target);
            Assert.True(report.Matches, string.Join('\n', report.Findings));
        }
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
