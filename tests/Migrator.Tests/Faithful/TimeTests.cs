using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Tests.Copy;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>Times are judged by the moment they are read, and what came in after the cutover by our own record of it.</summary>
public sealed class TimeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Instance = "INSERT INTO instances (id, name, status) VALUES (md5('i')::uuid, 'n', 'running');";

    [Fact]
    public async Task A_move_that_takes_days_loses_nothing_of_the_last_ones()
    {
        await using var original = await Original.CreateAsync(2, Instance +
            """
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
            SELECT md5('i')::uuid, t, 1, t FROM generate_series(now() - interval '5 days', now(), interval '1 hour') t;
            """);
        await using var target = await TestTimescale.CreateAsync();
        var started = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-4));
        var copied = await Verbs.CopyAsync(original.ConnectionString, target.ConnectionString, time: started);
        Assert.NotEqual(0, copied.Samples.QuarantinedRows);

        // What was ahead of its time then is a row that could be moved now.
        var report = await Verbs.VerifyAsync(original, target);
        Assert.Contains(report.Findings, f => f.Contains("  missing: instance", StringComparison.Ordinal));
        var pass = await Verbs.CatchUpAsync(original, target);
        Assert.Equal((copied.Samples.SourceRows, 0L), (pass.MovedRows, pass.QuarantinedRows));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task Created_at_ahead_of_the_cutover_does_not_make_a_sample_one_of_the_targets_own()
    {
        await using var original = await Original.CreateAsync(2, Instance +
            """
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
            SELECT md5('i')::uuid, now() - n * interval '1 hour', n, now() + interval '5 hours 30 minutes' FROM generate_series(1, 50) n;
            INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage) VALUES (md5('i')::uuid, now() + interval '1 hour', 1);
            """);
        await using var target = await TestTimescale.CreateAsync();
        var environment = Verbs.Between(original.ConnectionString, target.ConnectionString);
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CutoverAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(0, (await new ReverseSync(environment).RunAsync(write: false, Token)).Samples);

        // What the services have raised and changed since is the target's own; what is gone there is not.
        await target.DataSource.RunAsync(
            """
            UPDATE resource_usage SET cpu_usage = 99, received_at = now() WHERE cpu_usage = 20;
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage) VALUES (md5('i')::uuid, now() - interval '90 minutes', 7);
            UPDATE instances SET name = 'new', updated_at = now();
            """);
        var since = await Verbs.VerifyAsync(original, target);
        Assert.Equal(("", 51L), (string.Join('\n', since.Findings), since.MovedRows));
        Assert.StartsWith("The cutover was at ", since.Scope, StringComparison.Ordinal);
        await target.DataSource.RunAsync("DELETE FROM resource_usage WHERE cpu_usage IN (7, 30, 99)");
        Assert.Contains((await Verbs.VerifyAsync(original, target)).Findings, f => f.Contains("  missing: instance", StringComparison.Ordinal));

        await target.DataSource.RunAsync("INSERT INTO resource_usage (instance_id, \"timestamp\", cpu_usage) VALUES (md5('i')::uuid, now(), 7)");
        Assert.Equal(1, (await new ReverseSync(environment).RunAsync(write: true, Token)).Written);
        Assert.Equal(52L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
    }
}
