using CsCheck;
using LaunchStack.Migrator.Verify;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Tests.Schema;

/// <summary>The rollups against a model of a few lines: sums, counts and bytes moved are exact on every level.</summary>
public sealed class RollupTests(SharedTimescale shared) : IClassFixture<SharedTimescale>
{
    private static readonly string[] Rollups = [.. Rollup.All.Select(r => r.Name)];
    private static readonly DateTime Start = new(2026, 3, 1, 22, 0, 0, DateTimeKind.Utc);

    private static readonly Gen<(int Second, long? Reading)[]> Samples =
        Gen.Select(Gen.Int[0, 4 * 3600], Gen.Frequency((9, Gen.Long[0, 1_000_000].Select(v => (long?)v)), (1, Gen.Const((long?)null))))
            .Array[1, 120].Select(all => all.DistinctBy(s => s.Item1).Select(s => (s.Item1, s.Item2)).ToArray());

    [Fact]
    public Task Bytes_moved_are_exact_on_every_level_before_and_after_refresh() =>
        Samples.Array[12].SampleAsync(ExactAsync, iter: 2, threads: 1);

    private async Task ExactAsync((int Second, long? Reading)[][] instances)
    {
        var database = await shared.ResetAsync();
        await database.DataSource.PauseJobsAsync();
        var expected = new Dictionary<Guid, decimal>();
        var seed = 0;
        foreach (var samples in instances)
        {
            var instance = new Guid(++seed, 0, 0, new byte[8]);
            // Of readings that are all NULL nothing is known.
            if (samples.Any(s => s.Reading is not null))
                expected[instance] = Increase(samples);
            // In the order they were made up: out of order in time.
            await using var insert = database.DataSource.CreateCommand(
                "INSERT INTO resource_usage (instance_id, \"timestamp\", network_in) SELECT $1, t, n FROM unnest($2, $3) u(t, n)");
            insert.Parameters.Add(new() { Value = instance });
            insert.Parameters.Add(new() { Value = samples.Select(s => Start.AddSeconds(s.Second)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
            insert.Parameters.Add(new() { Value = samples.Select(s => s.Reading).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        foreach (var rollup in Rollups)
            Assert.Equal(expected, await TotalsAsync(database, rollup));
        foreach (var rollup in Rollups)
            await database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup}', '2026-03-01', '2026-03-04')");
        foreach (var rollup in Rollups)
            Assert.Equal(expected, await TotalsAsync(database, rollup));
        foreach (var rollup in Rollups)
            Assert.True(await database.DataSource.ScalarAsync<bool>($"SELECT sum(sample_count) = (SELECT count(*) FROM resource_usage) FROM {rollup}"));
    }

    [Fact]
    public async Task A_fall_of_the_counter_counts_the_new_reading_whole()
    {
        var database = shared.Database;
        Assert.Equal(130m, await database.DataSource.ScalarAsync<decimal>("SELECT counter_increase(ARRAY[100, 200, 10, 30])"));
        Assert.Equal(0m, await database.DataSource.ScalarAsync<decimal>("SELECT counter_increase(ARRAY[7])"));
        Assert.True(await database.DataSource.ScalarAsync<bool>("SELECT counter_increase(NULL) IS NULL"));
        Assert.Equal(9223372036854775807m * 2, await database.DataSource.ScalarAsync<decimal>(
            "SELECT counter_increase(ARRAY[0, 9223372036854775807, 0, 9223372036854775807])"));
    }

    [Fact]
    public async Task The_chain_is_the_databases_and_no_border_cuts_a_bucket()
    {
        Assert.Equal(
            Rollup.All.Select(r => (r.Name, r.Source, r.Bucket, r.Chunk)),
            await shared.Database.DataSource.QueryAsync(
                """
                SELECT v.view_name::text, coalesce(s.view_name, v.hypertable_name)::text, b.bucket_width::interval, d.time_interval
                FROM timescaledb_information.continuous_aggregates v
                JOIN timescaledb_information.dimensions d ON d.hypertable_name = v.materialization_hypertable_name
                JOIN _timescaledb_catalog.continuous_agg c ON c.user_view_name = v.view_name
                JOIN _timescaledb_catalog.continuous_aggs_bucket_function b USING (mat_hypertable_id)
                LEFT JOIN timescaledb_information.continuous_aggregates s ON s.materialization_hypertable_name = v.hypertable_name
                ORDER BY b.bucket_width::interval
                """,
                r => (r.GetString(0), r.GetString(1), r.GetTimeSpan(2), r.GetTimeSpan(3)), TestContext.Current.CancellationToken));
        foreach (var (finer, rollup) in Rollup.All.Zip(Rollup.All.Skip(1)))
            Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (new(rollup.Bucket.Ticks % finer.Bucket.Ticks), new(finer.Chunk.Ticks % rollup.Bucket.Ticks)));
        Assert.All(Rollup.All, rollup => Assert.Equal(TimeSpan.Zero, new(rollup.Step.Ticks % rollup.Bucket.Ticks)));
        Assert.Equal(Rollup.All.SkipLast(1), Rollup.All.Where(rollup => rollup.Retention is not null));
    }

    [Fact]
    public async Task Every_rollup_is_known_and_every_measure_is_wherever_a_sample_is_kept()
    {
        var database = shared.Database;
        Assert.Equal(Rollups.Order(), await database.DataSource.QueryAsync(
            "SELECT view_name::text FROM timescaledb_information.continuous_aggregates ORDER BY 1", r => r.GetString(0), TestContext.Current.CancellationToken));
        foreach (var column in Measures.All.Select(m => m.Column()))
        {
            Assert.Equal(
                3L, await database.DataSource.ScalarAsync<long>(
                    $"""
                    SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND column_name = '{column}'
                    AND table_name IN ('resource_usage', 'resource_usage_revisions', 'resource_usage_versions')
                    """));
            // What is kept of a version, when one is kept, and what is shown of it.
            foreach (var definition in new[]
                     {
                         "SELECT prosrc FROM pg_proc WHERE proname = 'keep_usage_revision'", "SELECT prosrc FROM pg_proc WHERE proname = 'resource_usage_as_of'",
                     })
            {
                Assert.Contains($".{column}", await database.DataSource.ScalarAsync<string>(definition), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_rollup_differs_by_more_than_the_last_bits_of_a_sum_of_floats_and_by_every_bit_elsewhere()
    {
        var source = (await shared.ResetAsync()).DataSource;
        await source.PauseJobsAsync();
        await source.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage)
            SELECT md5('i')::uuid, timestamptz '2026-03-01' + n * interval '1 minute', n / 10.0, n FROM generate_series(1, 50) n
            """);
        foreach (var rollup in Rollups[..2])
            await source.RunAsync($"CALL refresh_continuous_aggregate('{rollup}', '2026-03-01', '2026-03-02')");
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var comparison = (await RollupComparison.FindAsync(connection, Rollups[1], TestContext.Current.CancellationToken))!;
        var kept = await source.ScalarAsync<string>(
            $"SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) FROM timescaledb_information.continuous_aggregates WHERE view_name = '{Rollups[1]}'");
        foreach (var (change, differs) in new[]
                 {
                     ("cpu_sum = cpu_sum * (1 + 1e-12)", false), ("cpu_sum = cpu_sum * (1 + 1e-9)", true), ("cpu_sum = NULL", true),
                     ("cpu_max = cpu_max + 1e-15", true), ("memory_sum = memory_sum + 1", true), ("instance_id = gen_random_uuid()", true),
                 })
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await connection.ExecuteAsync($"UPDATE {kept} SET {change}", TestContext.Current.CancellationToken);
            Assert.Equal(differs, await connection.ScalarAsync<bool>(
                $"SELECT EXISTS (SELECT FROM {comparison.Sides("true")} WHERE {comparison.Differs})", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Every_sum_of_the_finest_rollup_is_verified_against_the_samples()
    {
        foreach (var sum in await shared.Database.DataSource.QueryAsync(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'resource_usage_5m' AND right(column_name, 4) = '_sum'",
            r => r.GetString(0), TestContext.Current.CancellationToken))
        {
            Assert.Contains($"sum({sum})", TargetChecks.RollupAgainstSamples, StringComparison.Ordinal);
        }
    }

    /// <summary>Within buckets by the column, between them by lag: what a reader does.</summary>
    private static async Task<Dictionary<Guid, decimal>> TotalsAsync(TestTimescale database, string rollup)
    {
        await using var command = database.DataSource.CreateCommand(
            $"""
            SELECT instance_id, sum(network_in_increase) + coalesce(sum(
                     CASE WHEN network_in_first >= previous THEN network_in_first - previous ELSE network_in_first END) FILTER (WHERE previous IS NOT NULL), 0)
            FROM (SELECT *, lag(network_in_last) OVER (PARTITION BY instance_id ORDER BY bucket) AS previous
                  FROM {rollup} WHERE network_in_first IS NOT NULL) b
            GROUP BY instance_id
            """);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var totals = new Dictionary<Guid, decimal>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            totals.Add(reader.GetGuid(0), reader.GetDecimal(1));
        return totals;
    }

    private static decimal Increase((int Second, long? Reading)[] samples)
    {
        decimal total = 0;
        long? previous = null;
        foreach (var (_, reading) in samples.Where(s => s.Reading is not null).OrderBy(s => s.Second))
        {
            if (previous is { } before)
                total += reading!.Value >= before ? reading.Value - before : reading.Value;
            previous = reading;
        }

        return total;
    }
}
