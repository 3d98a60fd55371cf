using System.Globalization;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Legacy;

/// <summary>What is kept from scan to scan must say what a scan of everything says, whatever happens to the table in between.</summary>
public sealed class FollowedScanTests(SharedPostgres database) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private static readonly DateTime Latest = new(2026, 3, 31, 0, 0, 0, DateTimeKind.Utc);

    private static readonly TimeSpan AtOnce = TimeSpan.Zero;

    private readonly FollowedScan _followed = new(TimeProvider.System);
    private readonly HashSet<double> _known = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Three ranges of blocks. Each version of a row has a number of its own: its cpu_usage.
    public async ValueTask InitializeAsync() => await database.DataSource.RunAsync(
        """
        DROP TABLE IF EXISTS followed;
        DROP SEQUENCE IF EXISTS versions;
        CREATE SEQUENCE versions;
        CREATE TABLE followed (instance_id uuid, "timestamp" timestamptz, cpu_usage float8 DEFAULT nextval('versions')) WITH (fillfactor = 10, autovacuum_enabled = off);
        INSERT INTO followed ("timestamp") SELECT '2026-03-01Z'::timestamptz + n * interval '1 second' FROM generate_series(1, 25000) n
        """);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Rows_that_come_at_the_end_are_all_that_is_new()
    {
        Assert.Empty((await ScanAsync()).News);
        Assert.Empty((await ScanAsync(AtOnce)).News);

        await AppendAsync(database.DataSource, 7000);
        Assert.Equal(7000, (await ScanAsync(AtOnce)).News.Count);
        Assert.Empty((await ScanAsync(AtOnce)).News);
        Assert.Empty((await ScanAsync()).News);
    }

    [Fact]
    public async Task What_changes_elsewhere_is_found_when_its_turn_comes()
    {
        await ScanAsync();
        await database.DataSource.RunAsync("UPDATE followed SET cpu_usage = nextval('versions') WHERE cpu_usage = 12000; DELETE FROM followed WHERE cpu_usage = 12001");

        // It is in the second range; of those before the end, a scan looks at one at least.
        Assert.Equal(25000, (await ScanAsync(AtOnce, isWhole: false)).Scan.Rows);
        Assert.Equal(24999, (await ScanAsync(AtOnce)).Scan.Rows);
    }

    [Theory]
    [InlineData("ALTER TABLE followed ADD x float8 DEFAULT 2; ALTER TABLE followed RENAME cpu_usage TO y; ALTER TABLE followed RENAME x TO cpu_usage")]
    [InlineData("ALTER TABLE followed DROP cpu_usage; ALTER TABLE followed ADD cpu_usage float8 DEFAULT 1")]
    public async Task Columns_that_change_places_without_a_row_being_written_are_read_anew(string change)
    {
        await ScanAsync();
        await database.DataSource.RunAsync(change);
        // The helper compares it with a scan of everything.
        await ScanAsync(AtOnce);
    }

    [Fact]
    public async Task A_transaction_that_ran_while_it_was_scanned_is_new_when_it_ends_and_only_then()
    {
        await ScanAsync();
        await using var connection = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await AppendAsync(connection, 5);
        await connection.ExecuteAsync("SAVEPOINT a", Token);
        await AppendAsync(connection, 5);

        await AppendAsync(database.DataSource, 3);
        Assert.Equal(3, (await ScanAsync()).News.Count);
        Assert.Empty((await ScanAsync()).News);
        for (var later = 0; later < 20; later++)
            await AppendAsync(database.DataSource, 1);
        Assert.Equal(20, (await ScanAsync()).News.Count);
        Assert.Empty((await ScanAsync()).News);

        await transaction.CommitAsync(Token);
        Assert.Equal(10, (await ScanAsync()).News.Count);
        Assert.Empty((await ScanAsync()).News);
    }

    [Fact]
    public async Task A_row_in_the_place_of_a_seen_one_is_new()
    {
        await ScanAsync();
        await using var connection = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await AppendAsync(connection, 1);
        await AppendAsync(database.DataSource, 20);
        Assert.Equal(20, (await ScanAsync()).News.Count);

        await database.DataSource.RunAsync("DELETE FROM followed WHERE cpu_usage > 25001");
        await transaction.CommitAsync(Token);
        await database.DataSource.RunAsync("VACUUM followed");
        await AppendAsync(database.DataSource, 20);
        await ScanAsync();
    }

    [Theory]
    [InlineData("TRUNCATE followed")]
    [InlineData("VACUUM FULL followed")]
    [InlineData("CREATE INDEX followed_by ON followed (cpu_usage DESC); CLUSTER followed USING followed_by")]
    [InlineData("ALTER TABLE followed ALTER instance_id TYPE text")]
    [InlineData("DELETE FROM followed WHERE cpu_usage > 8000; VACUUM followed")]
    [InlineData("INSERT INTO followed (\"timestamp\") VALUES (NULL), ('infinity'), ('2026-03-31 00:00Z')")]
    public async Task Whatever_is_done_to_the_table_the_next_scan_is_right(string statements)
    {
        await ScanAsync();
        foreach (var statement in statements.Split("; "))
            await database.DataSource.RunAsync(statement);
        await ScanAsync();
        await AppendAsync(database.DataSource, 10);
        await ScanAsync();

        // A day later the end of the range is another one.
        await ScanAsync(latest: Latest.AddDays(1));
    }

    [Fact]
    public async Task A_view_is_scanned_anew_each_time()
    {
        var query = Query(isPlain: false);
        using var environment = Verbs.Between(database.ConnectionString, database.ConnectionString);
        for (var scan = 0; scan < 2; scan++)
        {
            await using var snapshot = await OriginalSnapshot.TakeAsync(environment, Token);
            Assert.Equal(25000, (await _followed.RunAsync(snapshot, query, Latest, AtOnce, Token)).Rows);
            Assert.False(_followed.GoesOn);
        }
    }

    [Fact]
    public async Task Any_order_of_changes_is_followed()
    {
        var random = new Random(20261127);
        await using var other = await database.DataSource.OpenConnectionAsync(Token);
        NpgsqlTransaction? open = null;
        await ScanAsync();
        for (var round = 0; round < 60; round++)
        {
            for (var change = 0; change < 3; change++)
            {
                switch (random.Next(8))
                {
                    case 0 when open is null: open = await other.BeginTransactionAsync(Token); break;
                    case 0 or 1 when open is not null:
                        await (random.Next(3) == 0 ? open.RollbackAsync(Token) : open.CommitAsync(Token));
                        open = null;
                        break;
                    case 2 when open is not null: await other.ExecuteAsync("SAVEPOINT a", Token); break;
                    case 3: await database.DataSource.RunAsync($"UPDATE followed SET cpu_usage = nextval('versions') WHERE cpu_usage::int8 % 97 = {random.Next(97)}"); break;
                    case 4: await database.DataSource.RunAsync($"DELETE FROM followed WHERE cpu_usage::int8 % 89 = {random.Next(89)}"); break;
                    case 5: await database.DataSource.RunAsync("VACUUM followed"); break;
                    case 6 when open is not null: await AppendAsync(other, random.Next(300)); break;
                    default: await AppendAsync(database.DataSource, random.Next(300)); break;
                }
            }

            await ScanAsync();
        }

        if (open is not null)
            await open.DisposeAsync();
    }

    /// <summary>Scans, beside a scan of everything in the same state; the numbers of what it says is new.</summary>
    private async Task<(SourceScan Scan, HashSet<double> News)> ScanAsync(TimeSpan? elsewhere = null, bool isWhole = true, DateTime? latest = null)
    {
        using var environment = Verbs.Between(database.ConnectionString, database.ConnectionString);
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, Token);
        var query = Query(isPlain: true, await database.DataSource.ScalarAsync<string>(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'followed'::regclass AND attname = 'instance_id'"));
        var scan = await _followed.RunAsync(snapshot, query, latest ?? Latest, elsewhere ?? TimeSpan.FromMinutes(1), Token);
        if (isWhole)
            Assert.Equal(Windows(await SourceScan.RunAsync(snapshot, query, latest ?? Latest, Token)), Windows(scan));

        var news = new HashSet<double>();
        foreach (var condition in _followed.News)
        {
            foreach (var number in await snapshot.Connection.QueryAsync($"SELECT cpu_usage FROM followed s WHERE {condition}", r => r.GetDouble(0), Token))
                Assert.True(news.Add(number));
        }

        Assert.Equal(news.Count, _followed.Added?.Rows ?? 0);
        Assert.Empty(news.Intersect(_known));
        _known.UnionWith(await snapshot.Connection.QueryAsync("SELECT cpu_usage FROM followed", r => r.GetDouble(0), Token));
        return (scan, news);
    }

    private static IEnumerable<string> Windows(SourceScan scan) => scan.Windows(TimeSpan.FromHours(1), []).Select(w => string.Create(
        CultureInfo.InvariantCulture, $"{w.Start:O} {w.End:O} {w.Rows} {w.Version} {string.Join(' ', w.Blocks)}"));

    private static LegacySampleQuery Query(bool isPlain, string? instance = "uuid") => new(
        new("public", "followed", isPlain, HasIndexes: isPlain, Bytes: 0,
        [
            new("instance_id", instance!, true), new("timestamp", "timestamp with time zone", true), new("cpu_usage", "double precision", true),
        ]), server: 15, ExtraColumns.None);

    private const string Append = "INSERT INTO followed (\"timestamp\") SELECT '2026-03-02Z'::timestamptz + random() * interval '1 day' FROM generate_series(1, $1)";

    private static async Task AppendAsync(NpgsqlDataSource source, int rows)
    {
        await using var connection = await source.OpenConnectionAsync(Token);
        await AppendAsync(connection, rows);
    }

    private static Task<int> AppendAsync(NpgsqlConnection connection, int rows) => connection.ExecuteAsync(Append, Token, rows);
}
