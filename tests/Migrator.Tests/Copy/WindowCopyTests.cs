using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Rollups;

namespace LaunchStack.Migrator.Tests.Copy;

/// <summary>Windows that are read in several parts, as those of more than some megabytes are.</summary>
public sealed class WindowCopyTests
{
    private static readonly DateTime Start = new(2026, 11, 1, 10, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // So many columns leave no room for a row of a compressed chunk, unless all of a column is NULL.
    [Fact]
    public async Task A_part_that_only_the_plain_way_takes_goes_it_after_one_that_went_straight_into_a_compressed_chunk()
    {
        var columns = Enumerable.Range(0, 470).Select(n => $"x{n}").ToList();
        await using var original = await Original.CreateAsync(2, Original.Dirty + $"ALTER TABLE resource_usages {string.Join(", ", columns.Select(c => $"ADD {c} int"))}");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync(
            $"""
            INSERT INTO resource_usages (instance_id, timestamp, created_at) SELECT md5('i1')::uuid, '{Start:O}'::timestamptz + n * interval '20 ms', now() FROM generate_series(0, 999) n;
            INSERT INTO resource_usages (instance_id, timestamp, created_at, {string.Join(", ", columns)})
            SELECT md5('i1')::uuid, '{Start:O}'::timestamptz + n * interval '90 ms', now(), {string.Join(", ", columns.Select((_, c) => $"n * 7919 % 1000003 + {c}"))} FROM generate_series(1000, 1999) n;
            """);
        await using (var context = await OpenAsync(original, target))
        {
            // What copy takes out for that.
            await RollupSuspension.DropAsync(context.Target, Token);
            await SampleKey.DropAsync(context.Target, Token);
            await target.DataSource.RunAsync("SELECT track_usage_changes(false)");
            var window = new SourceWindow(Start, Start.AddMinutes(5), 2000, 0, []) { Cuts = [Start.AddMinutes(1)] };
            await context.Ledger.AddWindowsAsync([window], Token);
            Assert.True(await (await CopyOfAsync(context)).CopyAsync(window, replace: false, Token));
        }

        Assert.Equal(
            (2000L, 1000L), (await target.DataSource.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE timestamp BETWEEN '{Start:O}' AND '{Start.AddMinutes(5):O}'"),
                await target.DataSource.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE timestamp BETWEEN '{Start:O}' AND '{Start.AddMinutes(5):O}' AND x469 IS NULL")));
    }

    [Fact]
    public async Task Of_many_rows_without_a_time_a_new_one_is_added_once()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("INSERT INTO resource_usages (instance_id, cpu_usage, created_at) SELECT md5('i1')::uuid, 555, now() FROM generate_series(1, 10)");
        await using var context = await OpenAsync(original, target);
        var window = new SourceWindow(SourceWindow.Outside, SourceWindow.Outside + SourceScan.Grain, 14, 1, [(0, 3 * SourceScan.RangeBlocks)]) { Bytes = 1_000_000_000 };
        Assert.Equal(3, window.Parts.Count);
        Assert.True(await (await CopyOfAsync(context)).AppendAsync(window, ["cpu_usage = 555", "cpu_usage = 556"], Token));

        Assert.Equal(10L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine WHERE \"row\" ->> 'cpu_usage' = '555'"));
        Assert.Equal("14 14", await target.DataSource.ScalarAsync<string>("SELECT concat_ws(' ', source_rows, quarantined_rows) FROM migration_windows WHERE window_start = '-infinity'"));
    }

    private static Task<MigrationContext> OpenAsync(TestPostgres original, TestTimescale target) =>
        MigrationContext.OpenAsync(Verbs.Between(original.ConnectionString, target.ConnectionString), exclusive: true, MigrationRun.RequireOpen, Token);

    private static async Task<WindowCopy> CopyOfAsync(MigrationContext context)
    {
        var query = context.Original.SampleQuery(await context.ExtraColumnsAsync(Token));
        return new(context.Target, context.Reader(context.Snapshot.Connection, query), await context.RulesAsync(Token), context.Abilities, TimeProvider.System, directBefore: DateTime.MaxValue);
    }
}
