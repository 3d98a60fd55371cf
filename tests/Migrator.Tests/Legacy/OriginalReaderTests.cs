using System.Text;
using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class OriginalReaderTests(SharedPostgres database) : IClassFixture<SharedPostgres>
{
    private const string Instance = "00000000-0000-0000-0000-000000000001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_row_is_brought_back_whole_by_its_place_or_by_what_it_holds(bool hasPlaces)
    {
        await CreateAsync("odd");
        var reader = await ReadAsync(hasPlaces, "\"od\"\"d\" <> 'other'");

        // Of rows that are the same in everything each is one.
        Assert.Equal(3, reader.Rows.Count);
        Assert.Equal(
            [(0, Json("x")), (1, Json("x")), (2, Json("y"))],
            (await RowsAsync(2, 0, 1)).OrderBy(row => row.Position));
        Assert.Equal([(1, Json("x"))], await RowsAsync(1));

        ValueTask<List<(int Position, string Json)>> RowsAsync(params int[] positions) => reader.Reader.RowsAsync(Window, reader.Rows, positions, Token)
            .Select(row => (row.Position, Encoding.UTF8.GetString(row.Json))).ToListAsync(Token);

        static string Json(string odd) => $$"""{"Instance_Id":"{{Instance}}","TIMESTAMP":"2026-03-01T00:00:00+00:00","od\"d":"{{odd}}"}""";
    }

    [Fact]
    public async Task A_view_that_gives_other_rows_at_each_reading_is_refused()
    {
        await CreateAsync("clock_timestamp()::text");
        var reader = await ReadAsync(hasPlaces: false, "true");
        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await reader.Reader.RowsAsync(Window, reader.Rows, [0], Token).ToListAsync(Token));
        Assert.Contains("public.shown of the original holds other rows each time it is read", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_values_that_come_in_a_burst_are_read_in_parts_of_a_window_s_bytes()
    {
        await database.DataSource.RunAsync(
            """
            DROP TABLE IF EXISTS samples CASCADE;
            CREATE TABLE samples (instance_id uuid, "timestamp" timestamptz, log text);
            INSERT INTO samples SELECT NULL, '2026-03-01Z'::timestamptz + n * interval '1 ms', repeat('x', 1000000) FROM generate_series(0, 24) n;
            INSERT INTO samples SELECT NULL, '2026-03-01Z'::timestamptz + n * interval '1 minute', repeat('x', 1000000) FROM generate_series(1, 4) n
            """);
        var log = new OriginalColumn("log", "text", true);
        var table = new OriginalTable(
            "public", "samples", IsPlain: true, HasIndexes: false, Bytes: 0,
            [new("instance_id", "uuid", true), new("timestamp", "timestamp with time zone", true), log]);
        await using var connection = await database.DataSource.OpenConnectionAsync(Token);
        var reader = new OriginalReader(connection, new(table, server: 15, new([new(log, new(log, "log", "text", true))], Binary: true)), Window.End);
        var window = Window with { End = Window.Start.AddMinutes(5), Rows = 29, Bytes = 29_000_000, Cuts = [Window.Start.AddSeconds(100), Window.Start.AddSeconds(200)] };

        var parts = await reader.PartsAsync(window, Token);
        var counts = new List<int>();
        var rows = new SampleBuffer();
        foreach (var part in parts)
        {
            await reader.ReadAsync(part, rows, Token);
            counts.Add(rows.Count);
        }
        Assert.Equal([11, 12, 6], counts);
        Assert.Equal((window.Start, window.End), (parts[0].Start, parts[^1].End));
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));

        // Little more than a part is cut evenly, without a look.
        Assert.Equal(window.Parts, await reader.PartsAsync(window with { Bytes = 24_000_000 }, Token), (one, other) => (one.Start, one.End) == (other.Start, other.End));
    }

    private static SourceWindow Window => new(new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc), new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc), 3, 0, []);

    private Task CreateAsync(string odd) => database.DataSource.RunAsync(
        $"""
        DROP TABLE IF EXISTS samples CASCADE;
        CREATE TABLE samples ("Instance_Id" uuid, "TIMESTAMP" timestamptz, odd text);
        INSERT INTO samples SELECT '{Instance}', '2026-03-01Z', o FROM unnest('{"{x,x,y,other}"}'::text[]) o;
        CREATE VIEW shown AS SELECT "Instance_Id", "TIMESTAMP", {odd} AS "od""d" FROM samples;
        ALTER TABLE samples RENAME odd TO "od""d";
        """);

    private async Task<(OriginalReader Reader, SampleBuffer Rows)> ReadAsync(bool hasPlaces, string condition)
    {
        var table = new OriginalTable(
            "public", hasPlaces ? "samples" : "shown", hasPlaces, HasIndexes: false, Bytes: 0,
            [new("Instance_Id", "uuid", true), new("TIMESTAMP", "timestamp with time zone", true), new("od\"d", "text", true)]);
        var connection = await database.DataSource.OpenConnectionAsync(Token);
        await connection.RunAsync("SET timezone = 'UTC'");
        var (reader, rows) = (new OriginalReader(connection, new(table, server: 15, ExtraColumns.None), Window.End), new SampleBuffer());
        await reader.ReadAsync(Window, [condition], rows, Token);
        return (reader, rows);
    }
}
