namespace LaunchStack.Migrator.Tests.Copy;

public sealed class ResumeTests
{
    [Fact]
    public async Task A_copy_killed_at_any_moment_goes_on_and_the_books_add_up()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        for (var kill = 0; kill < KilledMigrator.Times(5); kill++)
            await KilledMigrator.RunAsync(original, target, "copy");

        var result = await Original.CopyAsync(original, target);
        Assert.Equal(Original.DirtyMoved, result.Samples.MovedRows);
        Assert.Equal(Original.DirtyQuarantined, result.Samples.QuarantinedRows);
        var again = await Original.CopyAsync(original, target);
        Assert.Equal((0, 0L, result.Samples), (again.Windows, again.Rows, again.Samples));
        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled = (proc_name <> 'drop_rolled_up_chunks')) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
        var report = await Verbs.VerifyAsync(original, target);
        Assert.Empty(report.Findings);
    }
}
