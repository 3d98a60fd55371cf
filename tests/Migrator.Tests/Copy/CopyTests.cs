using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Tests.Copy;

public sealed class CopyTests
{
    [Fact]
    public async Task Every_row_is_moved_or_quarantined_and_twice_is_once()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        var fingerprint = await FingerprintAsync(original);
        var first = await Original.CopyAsync(original, target);
        Assert.True(
            await target.DataSource.ScalarAsync<bool>(
                """
                SELECT bool_and(is_compressed) FILTER (WHERE range_end <= now() - interval '7 days') AND NOT bool_or(is_compressed) FILTER (WHERE range_end > now())
                FROM timescaledb_information.chunks WHERE hypertable_name = 'resource_usage'
                """),
            "old chunks end up compressed, and the one that is written to does not");
        var second = await Original.CopyAsync(original, target);

        Assert.Equal(Original.DirtyMoved, first.Samples.MovedRows);
        Assert.Equal(Original.DirtyQuarantined, first.Samples.QuarantinedRows);
        Assert.Equal(first.Samples, second.Samples);
        Assert.Equal((1L, 1L), (first.Redated, second.Redated));
        Assert.Equal(Original.DirtyMoved, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage"));
        Assert.Equal(Original.DirtyQuarantined, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine"));
        Assert.Equal(1L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE deleted_at IS NOT NULL"));
        Assert.Equal(2000m, await target.DataSource.ScalarAsync<decimal>("SELECT sum(sample_count) FROM resource_usage_daily"));
        Assert.True(await target.DataSource.ScalarAsync<bool>(SampleKey.Exists));
        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled = (proc_name <> 'drop_rolled_up_chunks')) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
        Assert.Equal("ü@example.com", await target.DataSource.ScalarAsync<string>("SELECT email FROM users"));
        Assert.Equal("""{"a": [1]}""", await target.DataSource.ScalarAsync<string>("SELECT metadata::text FROM payments"));
        Assert.Equal(fingerprint, await FingerprintAsync(original));
    }

    [Theory]
    [InlineData(1, "resource_usages", "timestamp '2026-10-01 12:00:00'")]
    [InlineData(3, "resource_usage", "timestamptz '2026-10-01 12:00:00+00'")]
    public async Task Other_generations_are_read_in_their_own_shape(int generation, string table, string time)
    {
        var user = generation == 1
            ? "INSERT INTO users (id, clerk_user_id, email, trial_end_date) VALUES (md5('u')::uuid, 'c', 'e', '2026-01-01')"
            : "INSERT INTO users (id, username, email, password_hash) VALUES (md5('u')::uuid, 'u', 'e', 'h')";
        await using var original = await Original.CreateAsync(generation,
            $"""
            SET timezone = 'America/New_York';
            {user};
            INSERT INTO instances (id, user_id, name) VALUES (md5('i')::uuid, md5('u')::uuid, 'n');
            INSERT INTO {table} (id, instance_id, "timestamp", cpu_usage) VALUES (gen_random_uuid(), md5('i')::uuid, {time}, 42);
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);

        Assert.Equal(generation, result.Generation);
        Assert.Equal(1, result.Samples.MovedRows);
        Assert.Equal(42d, await target.DataSource.ScalarAsync<double>("SELECT cpu_usage FROM resource_usage WHERE \"timestamp\" = '2026-10-01 12:00:00+00'"));
        if (generation == 1)
            Assert.Equal("2026-01-01", await target.DataSource.ScalarAsync<string>("SELECT trial_end_date::date::text FROM users"));
        else
            Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT port_external IS NULL FROM instances"));
    }

    [Fact]
    public async Task Odd_tables_are_moved_a_view_mixed_case_text_values_and_unknown_columns()
    {
        await using var original = await TestPostgres.CreateAsync();
        await original.DataSource.RunAsync(
            """
            CREATE TYPE mood AS ENUM ('good');
            CREATE TABLE instances (id uuid, name text, "Order" int, "select" mood, tags text[]);
            INSERT INTO instances VALUES (md5('i')::uuid, 'n', 7, 'good', '{a,b}'), (NULL, 'no id', 1, 'good', NULL);
            CREATE TABLE raw ("Instance_ID" text, "Timestamp" text, cpu_usage numeric, memory_usage text);
            INSERT INTO raw VALUES (md5('i'), '2026-10-01 12:00:00', 1.5, '123'), ('nonsense', '2026-10-01 12:01:00', 1, '1'), (md5('i'), 'tomorrow', 1, '1');
            CREATE VIEW resource_usages AS SELECT * FROM raw;
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);

        Assert.Equal(new TableCounts("instances", 2, 1, 1), result.Tables[0]);
        Assert.Equal(new TableCounts("resource_usages", 3, 1, 2), result.Samples);
        Assert.Equal(7, await target.DataSource.ScalarAsync<int>("SELECT \"Order\" FROM instances"));
        Assert.Equal("good", await target.DataSource.ScalarAsync<string>("SELECT \"select\" FROM instances"));
        Assert.Equal(123L, await target.DataSource.ScalarAsync<long>("SELECT memory_usage FROM resource_usage"));
        Assert.Equal("nonsense", await target.DataSource.ScalarAsync<string>(
            "SELECT \"row\" ->> 'Instance_ID' FROM migration_quarantine WHERE reason = 'instance_id cannot be read as uuid'"));
    }

    [Fact]
    public async Task An_empty_original_is_moved_too()
    {
        await using var original = await Original.CreateAsync(2);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Equal(0, (await Original.CopyAsync(original, target)).Samples.SourceRows);
    }

    private static Task<string> FingerprintAsync(TestPostgres original) =>
        original.DataSource.ScalarAsync<string>("SELECT md5(string_agg(s::text, '|' ORDER BY s::text)) FROM resource_usages s");
}
