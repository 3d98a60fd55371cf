using System.Globalization;
using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Status;
using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.CatchUp;

/// <summary>Passes of one runner, one after another: <c>catch-up --follow</c>.</summary>
public sealed class FollowTests : IAsyncLifetime
{
    private const string Columns = "INSERT INTO resource_usages (instance_id, \"timestamp\", cpu_usage, created_at)";

    private static readonly string[] Tables =
        ["migration_runs", "migration_tables", "migration_windows", "migration_quarantine", "migration_paused_jobs", "users", "instances", "payments"];

    /// <summary>What a pass may write: every row with its place and who wrote it, jobs, relations, and how many samples there are.</summary>
    private static readonly string Written =
        $"""
        SELECT concat_ws(' ', {string.Concat(Tables.Select(table => $"(SELECT string_agg(concat(ctid, xmin), ',' ORDER BY ctid) FROM {table}), "))}
          (SELECT string_agg(concat(job_id, scheduled), ',' ORDER BY job_id) FROM timescaledb_information.jobs),
          (SELECT concat(count(*), max(oid)) FROM pg_class), (SELECT count(*) FROM resource_usage))
        """;

    private TestPostgres _original = null!;
    private TestTimescale _target = null!;
    private CatchUpRunner _runner = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _original = await Original.CreateAsync(2, Original.Dirty);
        _target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(_original, _target);
        _runner = new(Verbs.Between(_original.ConnectionString, _target.ConnectionString), follow: true);
        await _runner.RunPassAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _original.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task Only_what_is_new_is_moved_and_a_pass_with_nothing_new_writes_nothing()
    {
        await _original.DataSource.RunAsync(
            $"""
            {Columns} SELECT md5('i' || 1 + n % 4)::uuid, now() - n * interval '1 millisecond', n, now() FROM generate_series(1, 40) n;
            {Columns} VALUES (md5('i1')::uuid, now(), 'NaN', now()), (gen_random_uuid(), now(), 1, now()), (md5('i2')::uuid, now(), 1, '0001-01-01');
            """);
        var pass = await _runner.RunPassAsync(Token);
        Assert.Equal((43L, Original.DirtyMoved + 41, Original.DirtyQuarantined + 2), (pass.Rows, pass.MovedRows, pass.QuarantinedRows));
        Assert.InRange(pass.Lag!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));

        var written = await _target.DataSource.ScalarAsync<string>(Written);
        for (var idle = 0; idle < 3; idle++)
            Assert.Equal((0, 0L), ((pass = await _runner.RunPassAsync(Token)).Windows, pass.Rows));
        Assert.Equal(written, await _target.DataSource.ScalarAsync<string>(Written));
        await VerifyAsync();
    }

    [Fact]
    public async Task Another_sample_of_the_same_time_is_judged_with_the_one_that_is_there()
    {
        const string Same = Columns + " SELECT instance_id, \"timestamp\", 777, created_at {0} interval '1 hour' FROM resource_usages WHERE cpu_usage = 100";
        await _original.DataSource.RunAsync(Same.Replace("{0}", "+", StringComparison.Ordinal));
        Assert.Equal((Original.DirtyMoved, Original.DirtyQuarantined + 1), Books(await PassAsync()));
        Assert.Equal(0L, await _target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE cpu_usage = 777"));
        await VerifyAsync();

        await _original.DataSource.RunAsync(Same.Replace("{0}", "-", StringComparison.Ordinal));
        Assert.Equal((Original.DirtyMoved, Original.DirtyQuarantined + 2), Books(await PassAsync()));
        Assert.Equal(1L, await _target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE cpu_usage = 777"));
        await VerifyAsync();
    }

    [Fact]
    public async Task A_new_instance_comes_before_its_samples_and_an_orphan_is_moved_when_its_instance_comes()
    {
        await _original.DataSource.RunAsync(
            $"INSERT INTO instances (id, name, status) VALUES (md5('new')::uuid, 'new', 'running'); {Columns} VALUES (md5('new')::uuid, now(), 1, now()), (md5('late')::uuid, now(), 1, now())");
        Assert.Equal((Original.DirtyMoved + 1, Original.DirtyQuarantined + 1), Books(await PassAsync()));

        await _original.DataSource.RunAsync("INSERT INTO instances (id, name, status) VALUES (md5('late')::uuid, 'late', 'running')");
        Assert.Equal((Original.DirtyMoved + 2, Original.DirtyQuarantined), Books(await PassAsync()));
        await VerifyAsync();
    }

    [Fact]
    public async Task Late_samples_go_into_compressed_chunks()
    {
        await _original.DataSource.RunAsync($"{Columns} SELECT instance_id, \"timestamp\" + interval '1 second', 3, now() FROM resource_usages WHERE \"timestamp\" < now() - interval '15 days' AND isfinite(\"timestamp\") AND cpu_usage BETWEEN 50 AND 60");
        var pass = await PassAsync();
        Assert.InRange(pass.Rows, 40, 60);
        await VerifyAsync();
    }

    [Fact]
    public async Task What_grows_is_rolled_up_when_passes_end()
    {
        await _original.DataSource.RunAsync($"{Columns} SELECT md5('i1')::uuid, now() - n * interval '1 millisecond', 1000, now() FROM generate_series(1, 40) n");
        await PassAsync();
        await using var connection = await _target.DataSource.OpenConnectionAsync(Token);
        Assert.NotEqual(0, (await StatusReader.ReadAsync(connection, Token)).Move!.WindowsToRollUp);
        Assert.Equal(0, (await Verbs.CatchUpAsync(_original, _target)).Windows);
        Assert.Equal(0, (await StatusReader.ReadAsync(connection, Token)).Move!.WindowsToRollUp);
        await VerifyAsync();
    }

    [Fact]
    public async Task Whatever_happens_in_between_passes_end_in_the_originals_state()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 6; round++)
        {
            await _original.DataSource.RunAsync($"{Columns} SELECT md5('i' || 1 + n % 5)::uuid, now() - n * interval '{random.Next(1, 40)} seconds', n, now() FROM generate_series(1, {random.Next(1, 300)}) n");
            await _original.DataSource.RunAsync(random.Next(5) switch
            {
                0 => $"UPDATE resource_usages SET memory_usage = {round} WHERE cpu_usage BETWEEN 20 AND 30",
                1 => "DELETE FROM resource_usages WHERE random() < 0.1",
                2 => $"{Columns} SELECT instance_id, \"timestamp\", cpu_usage, created_at FROM resource_usages WHERE random() < 0.05",
                3 => "VACUUM FULL resource_usages",
                _ => "UPDATE resource_usages SET deleted_at = now() WHERE random() < 0.02",
            });
            await PassAsync();
            Assert.Equal(
                await _original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"),
                await _target.DataSource.ScalarAsync<long>("SELECT (sum(moved_rows) + sum(quarantined_rows))::int8 FROM migration_windows"));
            await VerifyAsync();
        }
    }

    [Fact]
    public async Task Killed_at_any_moment_while_samples_come_in_it_leaves_nothing_behind()
    {
        for (var kill = 0; kill < KilledMigrator.Times(2); kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var writing = WriteAsync(kill, stop.Token);
            await KilledMigrator.RunAsync(_original, _target, TimeSpan.FromSeconds(4), "catch-up", "--follow");
            await stop.CancelAsync();
            await writing;
            await Verbs.CatchUpAsync(_original, _target);
            await VerifyAsync();
        }

        Assert.True(await _target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled = (proc_name <> 'drop_rolled_up_chunks')) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
    }

    private async Task WriteAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            await _original.DataSource.RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"{Columns} SELECT md5('i' || 1 + n % 5)::uuid, clock_timestamp(), {random.Next(100)}, now() FROM generate_series(1, {random.Next(1, 50)}) n"));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System, Token);
        }
    }

    /// <summary>A pass that looks everywhere: not all do.</summary>
    private Task<CatchUpPass> PassAsync() => _runner.RunPassAsync(elsewhere: TimeSpan.FromMinutes(1), Token);

    private static (long Moved, long Quarantined) Books(CatchUpPass pass) => (pass.MovedRows, pass.QuarantinedRows);

    /// <summary>A last pass by itself finds nothing to move, and rolls up what is still to be.</summary>
    private async Task VerifyAsync()
    {
        Assert.Equal(0, (await Verbs.CatchUpAsync(_original, _target)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(_original, _target)).Findings);
    }
}
