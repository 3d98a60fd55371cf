using System.Diagnostics;
using System.Globalization;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Verify;
using LaunchStack.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Migrator.Tests.Copy;

public sealed class ResumeTests
{
    [Fact]
    public async Task A_copy_killed_at_any_moment_goes_on_and_the_books_add_up()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        var kills = int.Parse(Environment.GetEnvironmentVariable("LAUNCHSTACK_KILLS") ?? "5", CultureInfo.InvariantCulture);
        for (var kill = 0; kill < kills; kill++)
            await KillAfterAsync(original, target, TimeSpan.FromMilliseconds(Random.Shared.Next(500, 1700)));

        var result = await Original.CopyAsync(original, target);
        Assert.Equal(Original.DirtyMoved, result.Samples.MovedRows);
        Assert.Equal(Original.DirtyQuarantined, result.Samples.QuarantinedRows);
        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
        var report = await new Verification(
            original.ConnectionString, target.ConnectionString, NullLogger.Instance, TimeProvider.System,
            new CopyProgress(TextWriter.Null, terminal: false, TimeProvider.System)).RunAsync(2, TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
    }

    private static async Task KillAfterAsync(TestPostgres original, TestTimescale target, TimeSpan moment)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet",
            [typeof(CopyRunner).Assembly.Location, "copy"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__original"] = original.ConnectionString;
        start.Environment["ConnectionStrings__launchstack"] = target.ConnectionString;
        using var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        await Task.Delay(moment, TimeProvider.System, TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
