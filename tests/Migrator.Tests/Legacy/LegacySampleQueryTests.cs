using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class LegacySampleQueryTests(SharedPostgres database) : IClassFixture<SharedPostgres>
{
    private const string Instance = "00000000-0000-0000-0000-000000000001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, "resource_usages", "disk_usage, created_at", "5, '2026-03-01 00:00:01'",
        """("2026-03-01 00:00:00+00",1.5,2,,5,3,4,"2026-03-01 00:00:01+00",)""")]
    [InlineData(2, "resource_usages", "memory_limit, disk_usage, created_at, deleted_at",
        "9, 5, '2026-03-01 02:00:01+02', '2026-03-02 00:00Z'",
        """("2026-03-01 00:00:00+00",1.5,2,9,5,3,4,"2026-03-01 00:00:01+00","2026-03-02 00:00:00+00")""")]
    [InlineData(3, "resource_usage", "memory_limit, id", "9, gen_random_uuid()",
        """("2026-03-01 00:00:00+00",1.5,2,9,,3,4,,)""")]
    public async Task A_sample_of_each_generation_has_the_same_shape(
        int generation, string table, string columns, string values, string expected)
    {
        await using var original = await Original.CreateAsync(
            generation,
            $"""
            SET session_replication_role = replica;
            INSERT INTO {table} (instance_id, "timestamp", cpu_usage, memory_usage, network_in, network_out, {columns})
            VALUES ('{Instance}', '2026-03-01 00:00:00', 1.5, 2, 3, 4, {values})
            """);
        await using var connection = await original.DataSource.OpenConnectionAsync(Token);
        var found = await OriginalDatabase.DetectAsync(connection, Token);
        Assert.Equal((generation, table), (found.Generation, found.Samples.Name));
        Assert.Equal(
            $"{Instance} {expected} 0 (0,1)",
            await original.DataSource.ScalarAsync<string>(
                $"""
                SET timezone = 'UTC'; SELECT concat_ws(' ', i, ROW(t, c, mu, ml, d, ni, no, r, del)::text, f, p)
                FROM ({found.SampleQuery().Select("true")}) q(i, t, c, mu, ml, d, ni, no, r, del, f, p)
                """));
    }

    [Fact]
    public async Task The_first_column_that_cannot_be_read_is_named_and_a_NULL_can()
    {
        await CreateAsync("instance_id text, \"timestamp\" text, cpu_usage numeric, memory_usage text");
        await database.DataSource.RunAsync(
            $"""
            INSERT INTO samples VALUES ('{Instance}', '2026-03-01', 1, '2'), (NULL, NULL, NULL, NULL), ('{Instance}', 'soon', 1, '2'),
              ('x', 'soon', 1, '2'), ('{Instance}', '2026-03-01', 1, '2.5')
            """);
        var query = Query(Table(("instance_id", "text"), ("timestamp", "text"), ("cpu_usage", "numeric"), ("memory_usage", "text")));
        Assert.Equal(
            new short[] { 0, 0, 2, 1, 4 },
            await database.DataSource.ScalarAsync<short[]>(
                $"SELECT array_agg(f ORDER BY p) FROM ({query.Select("true")}) q(i, t, c, mu, ml, d, ni, no, r, del, f, p)"));
    }

    [Fact]
    public async Task A_condition_on_the_time_keeps_to_the_microsecond_and_to_UTC_whatever_the_sessions_zone_is()
    {
        await CreateAsync("instance_id uuid, \"timestamp\" timestamp");
        await database.DataSource.RunAsync(
            """
            INSERT INTO samples ("timestamp")
            VALUES ('2026-02-28 23:59:59.999999'), ('2026-03-01'), ('2026-03-01 00:04:59.999999'), ('2026-03-01 00:05')
            """);
        var query = Query(Table(("instance_id", "uuid"), ("timestamp", "timestamp without time zone")));
        Assert.Equal(2L, await database.DataSource.ScalarAsync<long>(
            $"""
            SET timezone = 'Asia/Kathmandu';
            SELECT count(*) FROM ({query.Select($"{query.Time} >= '2026-03-01Z' AND {query.Time} < '2026-03-01 00:05Z'")}) q
            """));
    }

    [Theory]
    [InlineData("instance_id = NULL", true)]
    [InlineData("\"timestamp\" = \"timestamp\" + interval '1 microsecond'", true)]
    [InlineData("cpu_usage = cpu_usage + 1e-12", true)]
    [InlineData("network_in = 1, network_out = 0", true)]
    [InlineData("created_at = now()", true)]
    [InlineData("note = '{\"a\": 2}'", true)]
    [InlineData("score = '-0'", true)]
    [InlineData("cpu_usage = cpu_usage", false)]
    [InlineData("id = 7", true)]
    [InlineData("updated_at = '2026-03-02'", true)]
    [InlineData("memory_percentage = 3", true)]
    public async Task A_version_changes_with_whatever_a_row_holds_which_quarantine_holds_whole(string change, bool changes)
    {
        await CreateAsync(
            """
            id int, instance_id uuid, "timestamp" timestamptz, cpu_usage float8, network_in bigint, network_out bigint,
            created_at timestamptz, updated_at timestamptz, memory_percentage float8, note json, score real
            """);
        await database.DataSource.RunAsync(
            $$"""
            INSERT INTO samples VALUES (1, '{{Instance}}', '2026-03-01', 1, 0, 1, '2026-03-01', now(), 1, '{"a": 1}', 0);
            INSERT INTO samples (id, instance_id) VALUES (2, '{{Instance}}')
            """);
        var query = Query(Table(
            ("id", "integer"), ("instance_id", "uuid"), ("timestamp", "timestamp with time zone"), ("cpu_usage", "double precision"),
            ("network_in", "bigint"), ("network_out", "bigint"), ("created_at", "timestamp with time zone"),
            ("updated_at", "timestamp with time zone"), ("memory_percentage", "double precision"), ("note", "json"), ("score", "real")));
        var before = await VersionAsync(query);
        await database.DataSource.RunAsync($"UPDATE samples SET {change} WHERE id = 1");
        Assert.Equal(changes, before != await VersionAsync(query));
    }

    [Theory]
    [InlineData("double precision[]", "array_fill(0::float8, ARRAY[500])")]
    [InlineData("smallint[]", "array_fill(0::int2, ARRAY[500])")]
    [InlineData("boolean[]", "array_fill(true, ARRAY[500])")]
    [InlineData("interval", "'1 hour'")]
    [InlineData("numeric", "1e-40")]
    [InlineData("text", "NULL")]
    [InlineData("bytea", "decode(repeat('00', 5000), 'hex')")]
    public async Task Further_values_count_as_many_bytes_as_they_take_in_memory(string type, string value)
    {
        await CreateAsync($"instance_id uuid, \"timestamp\" timestamptz, extra {type}");
        await database.DataSource.RunAsync($"INSERT INTO samples SELECT NULL, '2026-03-01', {value} FROM generate_series(1, 10)");
        var column = new OriginalColumn("extra", type, true);
        var query = new LegacySampleQuery(
            Table(("instance_id", "uuid"), ("timestamp", "timestamp with time zone"), ("extra", type)), server: 15, new([new(column, new(column, "extra", type, true))], Binary: true));
        var rows = new SampleBuffer();
        await using var connection = await database.DataSource.OpenConnectionAsync(Token);
        await LegacySampleReader.ReadAsync(connection, query.Select("true"), copy: true, rows, Token);
        var bytes = Enumerable.Range(0, rows.Count).Sum(row => rows.Extras(row).Length);
        Assert.InRange(await database.DataSource.ScalarAsync<long>($"SELECT {query.ExtraBytes} FROM samples s"), bytes, bytes + (8 * rows.Count));
    }

    [Fact]
    public async Task A_version_changes_when_two_rows_exchange_a_value()
    {
        await CreateAsync("instance_id uuid, \"timestamp\" timestamptz, cpu_usage float8, network_in bigint");
        var query = Query(Table(("instance_id", "uuid"), ("timestamp", "timestamp with time zone"), ("cpu_usage", "double precision"), ("network_in", "bigint")));
        await database.DataSource.RunAsync($"INSERT INTO samples SELECT md5('i' || n)::uuid, '2026-03-01'::timestamptz + n * interval '1 minute', n, n * 7 FROM generate_series(1, 20) n");
        foreach (var column in new[] { "instance_id", "\"timestamp\"", "cpu_usage", "network_in" })
        {
            for (var pair = 1; pair < 20; pair += 2)
            {
                var before = await VersionAsync(query);
                await database.DataSource.RunAsync(
                    $"UPDATE samples s SET {column} = o.{column} FROM samples o WHERE (s.cpu_usage, o.cpu_usage) IN (({pair}, {pair + 1}), ({pair + 1}, {pair}))");
                Assert.NotEqual(before, await VersionAsync(query));
            }
        }
    }

    [Fact]
    public async Task A_version_tells_how_often_a_row_is_there_and_not_in_which_order()
    {
        await CreateAsync("instance_id uuid, \"timestamp\" timestamptz");
        var query = Query(Table(("instance_id", "uuid"), ("timestamp", "timestamp with time zone")));
        await database.DataSource.RunAsync("INSERT INTO samples (\"timestamp\") VALUES ('2026-03-01'), ('2026-03-02'), ('2026-03-02')");
        var before = await VersionAsync(query);
        await database.DataSource.RunAsync(
            "TRUNCATE samples; INSERT INTO samples (\"timestamp\") VALUES ('2026-03-02'), ('2026-03-02'), ('2026-03-01')");
        Assert.Equal(before, await VersionAsync(query));
        await database.DataSource.RunAsync("INSERT INTO samples (\"timestamp\") VALUES ('2026-03-02'), ('2026-03-02')");
        Assert.NotEqual(before, await VersionAsync(query));
    }

    private static OriginalTable Table(params (string Name, string Type)[] columns) => new(
        "public", "samples", IsPlain: true, HasIndexes: true, Bytes: 0,
        [.. columns.Select(column => new OriginalColumn(column.Name, column.Type, true))]);

    private static LegacySampleQuery Query(OriginalTable table) => new(table, server: 15, ExtraColumns.None);

    private Task CreateAsync(string columns) =>
        database.DataSource.RunAsync($"DROP TABLE IF EXISTS samples; CREATE TABLE samples ({columns})");

    private Task<decimal> VersionAsync(LegacySampleQuery query) =>
        database.DataSource.ScalarAsync<decimal>($"SELECT {query.Version} FROM {query.Table.Quoted} s");
}
