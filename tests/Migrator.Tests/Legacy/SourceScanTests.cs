using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class SourceScanTests(SharedPostgres database) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private const int TenRows = 1200;

    private static readonly DateTime Epoch = DateTime.UnixEpoch;
    private static readonly DateTime Midnight = new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = Midnight.AddDays(30);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Few rows in a block, so that few of them fill a range of blocks.
    public async ValueTask InitializeAsync() => await database.DataSource.RunAsync(
        """
        DROP TABLE IF EXISTS samples;
        CREATE TABLE samples (instance_id uuid, "timestamp" timestamptz, cpu_usage float8) WITH (fillfactor = 10)
        """);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_has_no_place_in_time_is_outside_and_all_else_in_the_grain_of_its_microsecond()
    {
        await InsertAsync(
            null, "-infinity", "infinity", "1969-12-31 23:59:59.999999Z", "1970-01-01Z", "1970-01-01 00:04:59.999999Z", "1970-01-01 00:05Z",
            $"{Latest.AddMicroseconds(-1):O}", $"{Latest:O}");
        var scan = await ScanAsync();

        var outside = SourceWindow.Outside;
        Assert.Equal(
            [(outside, outside.AddMinutes(5), 5), (Epoch, Epoch.AddDays(1), 3), (Latest.AddMinutes(-5), Latest, 1)],
            Bounds(scan.Windows(Day, [])));
        Assert.Equal([true, false, false], scan.Windows(Day, []).Select(window => window.IsOutside));
        Assert.Equal((9, Epoch, Latest), (scan.Rows, scan.First, scan.Last));
        Assert.Equal([0, 2, 3], [scan.RowsBefore(Epoch), scan.RowsBefore(Epoch.AddMinutes(5)), scan.RowsBefore(Midnight)]);
    }

    [Fact]
    public async Task Without_rows_in_range_there_is_no_first_nor_last()
    {
        Assert.Empty((await ScanAsync()).Windows(Day, []));
        await InsertAsync([null]);
        var scan = await ScanAsync();
        Assert.Equal((1, null, null), (scan.Rows, scan.First, scan.Last));
        Assert.True(Assert.Single(scan.Windows(Day, [])).IsOutside);
    }

    [Theory]
    [InlineData(24, new[] { 23.75, 24, 24, 36.25 })]
    [InlineData(12, new[] { 23.75, 24, 24, 36, 36 + (1.0 / 6), 36.25 })]
    [InlineData(168, new[] { 23.75, 36.25 })]
    public async Task A_window_ends_with_its_chunk_and_the_newest_with_what_it_holds(double chunk, double[] bounds)
    {
        await InsertAsync(Hour(23.75), Hour(24), $"{At(36.25).AddTicks(-10):O}");
        var windows = (await ScanAsync()).Windows(TimeSpan.FromHours(chunk), []);
        Assert.Equal(bounds, Hours(windows));
        Assert.Equal(3, windows.Sum(window => window.Rows));
    }

    [Fact]
    public async Task A_window_is_cut_before_it_has_more_rows_than_fit_and_a_grain_never()
    {
        await InsertAsync([.. Times(0, 4), .. Times(0.25, 6), .. Times(2, 1), .. Times(2.25, 25), .. Times(2.5, 1)]);
        var scan = await ScanAsync();
        var windows = scan.Windows(Day, [], TenRows);
        Assert.Equal([(At(0), At(2), 10), (At(2), At(2.25), 1), (At(2.25), At(2.5), 25), (At(2.5), At(2.5).AddMinutes(5), 1)], Bounds(windows));
        Assert.Equal([1, 1, 3, 1], windows.Select(window => window.Parts.Count));
        Assert.Equal([At(2.25), At(2.25).AddSeconds(100), At(2.25).AddSeconds(200), At(2.5)], [.. windows[2].Parts.Select(part => part.Start), windows[2].Parts[^1].End]);
        Assert.Equal([(At(0), At(2.5).AddMinutes(5), 37)], Bounds((await ScanAsync()).Windows(Day, [])));
    }

    [Fact]
    public async Task Known_windows_keep_their_bounds_whatever_they_hold_and_new_ones_stand_between_them()
    {
        await InsertAsync([.. Times(0.5, 25), Hour(1.25), Hour(1.75), Hour(2.5), Hour(4)]);
        var scan = await ScanAsync();
        var windows = scan.Windows(Day, [(At(-9), At(-8)), (At(0), At(1)), (At(2), At(3)), (At(3), At(4))], TenRows);
        Assert.Equal([(At(0), At(1), 25), (At(1.25), At(2), 2), (At(2), At(3), 1), (At(4), At(4).AddMinutes(5), 1)], Bounds(windows));
        Assert.Equal([(At(0), At(0.5).AddSeconds(100)), (At(0.5).AddSeconds(100), At(0.5).AddSeconds(200)), (At(0.5).AddSeconds(200), At(1))], windows[0].Parts.Select(p => (p.Start, p.End)));
        Assert.Equal((At(4), At(9), 1), Bounds(scan.Windows(Day, [(At(4), At(9))]))[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Windows_hold_every_row_once_and_stay_when_rows_come(int seed)
    {
        var random = new Random(seed);
        var chunk = TimeSpan.FromHours(12);
        IReadOnlyList<SourceWindow> known = [];
        for (var pass = 0; pass < 4; pass++)
        {
            await InsertAsync([.. Enumerable.Range(0, 40).SelectMany(_ => Times(random.Next(0, 72 * 12) / 12.0, random.Next(1, 7)))]);
            var scan = await ScanAsync();
            var windows = scan.Windows(chunk, [.. known.Select(window => (window.Start, window.End))], TenRows);

            Assert.All(windows.Zip(windows.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
            Assert.All(windows, window => Assert.InRange(
                window.End, window.Start + SourceScan.Grain, SourceScan.ChunkStart(window.Start, chunk) + chunk));
            Assert.Subset(
                windows.Select(window => (window.Start, window.End)).ToHashSet(),
                known.Select(window => (window.Start, window.End)).ToHashSet());
            Assert.Equal(scan.Rows, windows.Sum(window => window.Rows));
            foreach (var window in windows)
                Assert.Equal(window.Rows, await CountAsync(window));
            known = windows;
        }
    }

    [Fact]
    public async Task A_windows_rows_lie_in_its_blocks_and_neighbouring_ranges_are_one()
    {
        await database.DataSource.RunAsync(
            $"""
            INSERT INTO samples ("timestamp")
            SELECT '{Midnight:O}'::timestamptz + n * interval '30 seconds' FROM generate_series(0, 39999) n
            """);
        var windows = (await ScanAsync()).Windows(Day, []);
        Assert.Equal(14, windows.Count);
        Assert.Equal([(0, 512)], windows[0].Blocks);
        Assert.Contains(windows, window => window.Blocks is [(0, 1024)]);
        Assert.All(windows, window => Assert.Equal(0, Assert.Single(window.Blocks).From % 512));
        foreach (var window in windows)
            Assert.Equal(window.Rows, await CountAsync(window));

        await InsertAsync(Hour(1));
        var late = (await ScanAsync()).Windows(Day, [])[0];
        Assert.Equal([(0, 512), windows[^1].Blocks[^1]], late.Blocks);
        Assert.Equal(windows[0].Rows + 1, await CountAsync(late));
    }

    [Fact]
    public async Task A_view_has_the_same_windows_with_its_rows_anywhere()
    {
        await InsertAsync([null, .. Times(0, 9), .. Times(30, 2)]);
        var table = (await ScanAsync()).Windows(Day, []);
        var view = (await ScanAsync(isPlain: false)).Windows(Day, []);
        Assert.Equal(3, table.Count);
        Assert.Equal(
            table.Select(window => (window.Start, window.End, window.Rows, window.Version)),
            view.Select(window => (window.Start, window.End, window.Rows, window.Version)));
        Assert.All(view, window => Assert.Empty(window.Blocks));
    }

    [Fact]
    public async Task A_change_shows_in_its_window_and_a_row_that_only_moves_does_not()
    {
        await InsertAsync([.. Times(0, 3), .. Times(30, 3)]);
        var before = Versions(await ScanAsync());
        await database.DataSource.RunAsync("UPDATE samples SET cpu_usage = cpu_usage");
        Assert.Equal(before, Versions(await ScanAsync()));

        await database.DataSource.RunAsync($"UPDATE samples SET cpu_usage = 1 WHERE \"timestamp\" > '{Midnight.AddDays(1):O}'");
        var after = Versions(await ScanAsync());
        Assert.Equal(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
    }

    [Fact]
    public void A_chunk_begins_on_a_multiple_of_its_length_since_1970()
    {
        Assert.Equal(Midnight, SourceScan.ChunkStart(Midnight, Day));
        Assert.Equal(Midnight.AddDays(-1), SourceScan.ChunkStart(Midnight.AddTicks(-1), Day));
        // A Thursday.
        Assert.Equal(new DateTime(2026, 2, 26, 0, 0, 0, DateTimeKind.Utc), SourceScan.ChunkStart(Midnight, Day * 7));
        Assert.Equal(DateTimeKind.Utc, SourceScan.ChunkStart(Midnight, Day).Kind);
    }

    [Fact]
    public async Task The_last_range_of_the_largest_table_is_a_condition_that_the_server_reads()
    {
        var last = SourceScan.InBlocks((uint.MaxValue - 511L, uint.MaxValue + 1L));
        Assert.True(await database.DataSource.ScalarAsync<bool>($"SELECT {last} FROM (SELECT '(4294967000,5)'::tid AS ctid) s"));
        Assert.False(await database.DataSource.ScalarAsync<bool>($"SELECT {last} FROM (SELECT '(4294966783,5)'::tid AS ctid) s"));
    }

    private static DateTime At(double hour) => Midnight.AddHours(hour);

    private static string Hour(double hour) => $"{At(hour):O}";

    /// <summary>So many times within the grain that begins then.</summary>
    private static IEnumerable<string> Times(double hour, int count) =>
        Enumerable.Range(0, count).Select(n => $"{At(hour).AddSeconds(n):O}");

    private static (DateTime Start, DateTime End, long Rows)[] Bounds(IReadOnlyList<SourceWindow> windows) =>
        [.. windows.Select(w => (w.Start, w.End, w.Rows))];

    private static IEnumerable<double> Hours(IReadOnlyList<SourceWindow> windows) =>
        windows.SelectMany(window => new[] { (window.Start - Midnight).TotalHours, (window.End - Midnight).TotalHours });

    private static decimal[] Versions(SourceScan scan) => [.. scan.Windows(Day, []).Select(window => window.Version)];

    private async Task<SourceScan> ScanAsync(bool isPlain = true)
    {
        var table = new OriginalTable(
            "public", "samples", isPlain, HasIndexes: isPlain, Bytes: 0,
            [
                new("instance_id", "uuid", true), new("timestamp", "timestamp with time zone", true),
                new("cpu_usage", "double precision", true),
            ]);
        var query = new LegacySampleQuery(table, server: 15, ExtraColumns.None);
        using var environment = Verbs.Between(database.ConnectionString, database.ConnectionString);
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, Token);
        return await SourceScan.RunAsync(snapshot, query, Latest, Token);
    }

    private async Task InsertAsync(params string?[] times) => await database.DataSource.RunAsync(
        $"INSERT INTO samples (\"timestamp\") VALUES {string.Join(", ", times.Select(time => time is null ? "(NULL)" : $"('{time}')"))}");

    private Task<long> CountAsync(SourceWindow window) => database.DataSource.ScalarAsync<long>(
        $"""
        SELECT count(*) FROM samples s WHERE "timestamp" >= '{window.Start:O}' AND "timestamp" < '{window.End:O}'
        AND ({string.Join(" OR ", window.Blocks.Select(SourceScan.InBlocks))})
        """);
}
