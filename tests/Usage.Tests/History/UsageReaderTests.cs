using CsCheck;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Tests.History;

public sealed class UsageReaderTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 22, 40, 0, TimeSpan.Zero);
    private TestTimescale _database = null!;
    private UsageReader _reader = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestTimescale.CreateAsync();
        // A server with background workers would drop samples of that age.
        await _database.DataSource.PauseJobsAsync();
        _reader = new(new DatabaseExecutor(_database.DataSource, TimeProvider.System));
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static Gen<UsageSample[]> Samples(Guid instance) =>
        Gen.Select(Gen.Int[1, 3000], Gen.Int[0, 9], Gen.Int[0, 400], Gen.Long[0, 1_000_000]).Array[1, 250].Select(steps =>
        {
            var (time, received, sent) = (Start, 0L, 0L);
            return steps.Select(step =>
            {
                var (seconds, kind, cpu, bytes) = step;
                time = time.AddSeconds(seconds);
                // One in ten restarts the container, one in ten measures nothing but the time.
                (received, sent) = kind == 0 ? (bytes / 2, bytes / 3) : (received + bytes, sent + (bytes * 2));
                return kind == 1
                    ? new UsageSample(instance, time, default)
                    : new UsageSample(instance, time, new()
                    {
                        CpuUsage = cpu, MemoryUsage = bytes, MemoryLimit = kind < 5 ? null : 1 << 20, DiskUsage = bytes * 3, NetworkIn = received, NetworkOut = sent,
                    });
            }).ToArray();
        });

    // Another column of theirs would be in no answer.
    [Fact]
    public async Task Every_column_of_each_rollup_is_read()
    {
        foreach (var rollup in Rollup.All)
        {
            Assert.Equal(
                PartialAggregateReader.RollupColumns.Split(',', StringSplitOptions.TrimEntries).Append("instance_id").Order(StringComparer.Ordinal),
                await _database.DataSource.QueryAsync(
                    $"SELECT attname::text FROM pg_attribute WHERE attrelid = '{rollup.Name}'::regclass AND attnum > 0 ORDER BY attname COLLATE \"C\"", row => row.GetString(0), Token));
        }
    }

    [Fact]
    public async Task Any_history_is_what_the_samples_say_rolled_up_or_not()
    {
        var cases = Gen.Select(
            Gen.Guid.SelectMany(Samples), Gen.Int[0, 300_000], Gen.Int[1, 300_000], Gen.OneOf(Gen.Int[1, 200], Gen.Int[1000, 2000]), Gen.Int[0, 400_000], Gen.OneOf(Gen.Int[0, 60], Gen.Const(100_000)));
        var round = 0;
        await cases.SampleAsync(async (drawn, offset, length, points, refreshed, most) =>
        {
            // Each case has a time of its own, later than the watermark that the one before it left.
            var shift = TimeSpan.FromDays(14 * round++);
            var start = Start + shift;
            var samples = drawn.Select(s => s with { Timestamp = s.Timestamp + shift }).ToArray();
            await UsageTable.InsertAsync(_database.DataSource, samples);
            var until = TimeBucket.Floor(start.AddSeconds(refreshed), TimeSpan.FromHours(1));
            foreach (var rollup in Rollup.All.SkipLast(1).Select(r => r.Name))
                await _database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup}', NULL, '{until:O}')");

            var (from, to) = (start.AddSeconds(offset), start.AddSeconds(offset + length));
            var answer = await _reader.HistoryAsync(new(samples[0].InstanceId, from, to, points) { MaxSamples = most }, Token);

            Assert.True(answer.Count <= points);
            // Of more samples than are looked at one by one, the buckets are a rollup's.
            var isDense = samples.Count(s => s.Timestamp >= from && s.Timestamp < to) > most;
            Same(HistoryModel.Answer(samples, from, to, TimeBucket.Width(from, to, points, isDense ? TimeSpan.FromMinutes(5) : TimeSpan.Zero)), answer);
        }, iter: 40, threads: 1);
    }

    [Fact]
    public async Task The_last_readings_of_counters_are_the_newest_ones_from_a_week_before_the_earliest_time()
    {
        var (one, two) = (Guid.NewGuid(), Guid.NewGuid());
        await UsageTable.InsertAsync(_database.DataSource,
        [
            new(one, Start.AddDays(-8), new() { NetworkIn = 1, NetworkOut = 2 }), new(one, Start, new() { NetworkIn = 3, NetworkOut = 4 }),
            new(one, Start.AddSeconds(10), new() { NetworkIn = 5, MemoryUsage = 6 }), new(one, Start.AddSeconds(20), new() { CpuUsage = 1 }), new(two, Start, new() { CpuUsage = 1 }),
        ]);
        await _database.DataSource.RunAsync($"INSERT INTO instances (id, name, status) VALUES ('{one}', 'one', 'running'), ('{two}', 'two', 'running')");
        async Task<CounterReadings[]> ReadAsync(params (Guid Instance, long Time)[] counters)
        {
            var found = await _reader.CountersAsync(counters, Token);
            return [.. counters.Select(counter => found[counter.Instance]).Select(readings => new CounterReadings(Received(readings.NetworkIn), Received(readings.NetworkOut)))];
        }
        CounterReading? Received(CounterReading? reading)
        {
            if (reading is not { } read)
                return null;
            Assert.InRange(PostgresTime.ToDateTime(read.ReceivedAt), DateTime.UnixEpoch, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));
            return new(read.Value, read.Time);
        }
        var start = PostgresTime.FromInstant(Start);
        const long Day = 86_400_000_000;
        var newest = new CounterReadings(new(5, start + 10_000_000), new(4, start));
        Assert.Equal([newest, newest, default], await ReadAsync((one, start - Day), (one, start + (7 * Day)), (two, start)));
        Assert.Equal([newest with { NetworkOut = null }], await ReadAsync((one, start + (7 * Day) + 1)));
        Assert.Equal([default], await ReadAsync((one, start + (8 * Day))));
        // Each by its own time.
        Assert.Equal([newest with { NetworkOut = null }, default], await ReadAsync((one, start + (7 * Day) + 1), (two, start - (30 * Day))));
    }

    [Fact]
    public async Task A_counter_that_was_sent_before_ten_thousand_samples_without_it_begins_anew()
    {
        var instance = Guid.NewGuid();
        await _database.DataSource.RunAsync($"INSERT INTO instances (id, name, status) VALUES ('{instance}', 'one', 'running')");
        await UsageTable.InsertAsync(_database.DataSource, [new(instance, Start, new() { NetworkIn = 1 })]);
        async Task<CounterReading?> AfterAsync(int first, int last)
        {
            await _database.DataSource.RunAsync(
                $"""
                INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage)
                SELECT '{instance}', '{Start:O}'::timestamptz + n * interval '1 second', 1 FROM generate_series({first}, {last}) n
                """);
            return (await _reader.CountersAsync([(instance, PostgresTime.FromInstant(Start))], Token))[instance].NetworkIn;
        }
        Assert.Equal(1, (await AfterAsync(1, 9_999))!.Value.Value);
        Assert.Null(await AfterAsync(10_000, 10_000));
    }

    [Fact]
    public async Task Samples_that_came_below_the_watermarks_are_in_every_history_before_and_after_any_refresh()
    {
        string[] rollups = [.. Rollup.All.Select(r => r.Name)];
        // Which of the drawn come late, which levels are refreshed after them, and over what.
        var cases = Gen.Select(
            Gen.Guid.SelectMany(Samples), Gen.Int[2, 9], Gen.Int[0, 3], Gen.Int[0, 300_000], Gen.Int[1, 300_000], Gen.Int[1, 60]);
        var round = 0;
        await cases.SampleAsync(async (drawn, late, levels, offset, length, points) =>
        {
            var shift = TimeSpan.FromDays(14 * round++);
            var start = Start + shift;
            var samples = drawn.Select(s => s with { Timestamp = s.Timestamp + shift }).ToArray();
            await UsageTable.InsertAsync(_database.DataSource, [.. samples.Where((_, i) => i % late != 0)]);
            foreach (var rollup in rollups)
                await _database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup}', NULL, '{start.AddDays(13):O}')");
            await UsageTable.InsertAsync(_database.DataSource, [.. samples.Where((_, i) => i % late == 0)]);
            var (from, to) = (start.AddSeconds(offset), start.AddSeconds(offset + length));
            foreach (var rollup in rollups.Take(levels))
                await _database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup}', '{start.AddDays(-2):O}', '{start.AddDays(1):O}')");

            foreach (var (first, last, most) in new[] { (from, to, points), (start.AddDays(-2), start.AddDays(12), 7) })
            {
                Same(
                    HistoryModel.Answer(samples, first, last, TimeBucket.Width(first, last, most, TimeSpan.Zero)),
                    await _reader.HistoryAsync(new(samples[0].InstanceId, first, last, most), Token));
            }
        }, iter: 15, threads: 1);
    }

    [Fact]
    public async Task A_sample_above_the_finer_watermark_is_in_the_coarser_bucket_that_is_materialized_there()
    {
        var instance = Guid.NewGuid();
        await UsageTable.InsertAsync(_database.DataSource, [.. Enumerable.Range(0, 50).Select(i => new UsageSample(instance, Start.AddMinutes(i), new() { CpuUsage = 1 }))]);
        foreach (var rollup in Rollup.All)
            await _database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup.Name}', NULL, '{Start.AddDays(13):O}')");

        await UsageTable.InsertAsync(_database.DataSource, [new(instance, Start.AddMinutes(70), new() { CpuUsage = 1 })]);
        foreach (var points in new[] { 1, 20, 300 })
            Assert.Equal(51, (await _reader.HistoryAsync(new(instance, Start.AddDays(-2), Start.AddDays(8), points), Token)).Sum(b => b.SampleCount));
    }

    [Fact]
    public async Task A_committed_sample_is_in_every_history_while_refreshes_are_at_work()
    {
        var instance = Guid.NewGuid();
        await UsageTable.InsertAsync(_database.DataSource, [.. Enumerable.Range(0, 500).Select(i => new UsageSample(instance, Start.AddMinutes(i), new() { CpuUsage = 1 }))]);
        using var done = new CancellationTokenSource();
        var refreshing = Task.Run(
            async () =>
            {
                for (var hours = 1; !done.IsCancellationRequested; hours = (hours % 30) + 1)
                {
                    foreach (var rollup in Rollup.All)
                        await _database.DataSource.RunAsync($"CALL refresh_continuous_aggregate('{rollup.Name}', NULL, '{Start.AddHours(hours):O}')");
                }
            },
            Token);

        for (var late = 1; late <= 100; late++)
        {
            await UsageTable.InsertAsync(_database.DataSource, [new(instance, Start.AddMinutes(late * 4).AddSeconds(30), new() { CpuUsage = 1 })]);
            foreach (var points in new[] { 1, 30 })
                Assert.Equal(500 + late, (await _reader.HistoryAsync(new(instance, Start.AddDays(-2), Start.AddDays(2), points), Token)).Sum(b => b.SampleCount));
        }
        await done.CancelAsync();
        await refreshing;
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(1000, true)]
    [InlineData(1000, false)]
    public async Task A_history_that_refreshes_overtake_is_whole_or_refused(int refreshes, bool mayReadTables)
    {
        var instance = Guid.NewGuid();
        await UsageTable.InsertAsync(_database.DataSource, [.. Enumerable.Range(0, 500).Select(i => new UsageSample(instance, Start.AddMinutes(i), new() { CpuUsage = 1 }))]);
        // Whoever asks how far the rollups stand is overtaken by a refresh. PostgreSQL's own role stands for one that may read no tables of rollups.
        await _database.DataSource.RunAsync(
            $"""
            CREATE SEQUENCE refreshes;
            CREATE FUNCTION refresh() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$
              UPDATE _timescaledb_catalog.continuous_aggs_watermark SET watermark = greatest(watermark, 0) + 1000000
              WHERE (SELECT nextval('public.refreshes')) <= {refreshes};
              SELECT true
            $$;
            ALTER TABLE retention_progress RENAME TO retention_marks;
            CREATE VIEW retention_progress AS SELECT 'none' AS relation, now() AS dropped_before WHERE refresh();
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor;
            REVOKE SELECT ON ALL TABLES IN SCHEMA _timescaledb_internal FROM pg_monitor;
            """);
        var source = new NpgsqlDataSourceBuilder(_database.ConnectionString) { ConnectionStringBuilder = { NoResetOnClose = true } };
        if (!mayReadTables)
            source.UsePhysicalConnectionInitializer(_ => throw new NotSupportedException(), connection => connection.RunAsync("SET ROLE pg_monitor"));
        await using var restricted = source.Build();
        var history = new UsageReader(new DatabaseExecutor(restricted, TimeProvider.System)).HistoryAsync(new(instance, Start.AddDays(-1), Start.AddDays(2), 50), Token);
        if (mayReadTables)
            Assert.Equal(500, (await history).Sum(b => b.SampleCount));
        else
            Assert.Contains("refreshed", (await Assert.ThrowsAsync<DatabaseUnavailableException>(() => history)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_last_history_has_seen_of_the_rollups_is_only_a_guess()
    {
        var instance = Guid.NewGuid();
        async Task InsertAsync(int from, int count) => await UsageTable.InsertAsync(
            _database.DataSource, [.. Enumerable.Range(from, count).Select(i => new UsageSample(instance, Start.AddMinutes(i), new() { CpuUsage = 1 }))]);
        async Task<long> SumAsync(int points) => (await _reader.HistoryAsync(new(instance, Start.AddDays(-1), Start.AddDays(3), points), Token)).Sum(b => b.SampleCount);
        async Task RefreshAsync() => await _database.DataSource.RunAsync("CALL refresh_continuous_aggregate('resource_usage_5m', NULL, NULL)");
        await InsertAsync(0, 500);
        Assert.Equal(500, await SumAsync(500));

        await RefreshAsync();
        Assert.Equal(500, await SumAsync(500));
        // Late.
        await InsertAsync(-100, 100);
        Assert.Equal(600, await SumAsync(500));
        await RefreshAsync();
        Assert.Equal((600, 600), (await SumAsync(500), await SumAsync(100)));
        // Made again.
        var table = (await _database.DataSource.QueryAsync(
            "SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) FROM timescaledb_information.continuous_aggregates WHERE view_name = 'resource_usage_5m'",
            row => row.GetString(0), Token)).Single();
        await _database.DataSource.RunAsync($"ALTER TABLE {table} RENAME TO another");
        Assert.Equal((600, 600), (await SumAsync(500), await SumAsync(100)));
    }

    [Fact]
    public async Task Buckets_add_up_to_the_bytes_moved_over_restarts_and_borders()
    {
        var instance = Guid.NewGuid();
        long[] counter = [100, 350, 40, 90, 10, 500];
        await UsageTable.InsertAsync(_database.DataSource, [.. counter.Select((value, i) =>
            new UsageSample(instance, Start.AddMinutes(i * 4), new() { NetworkIn = value }))]);

        // The first reading stands before the range: what came since then counts in it.
        var answer = await _reader.HistoryAsync(new(instance, Start.AddMinutes(1), Start.AddHours(20), 300), Token);
        Assert.Equal(250 + 40 + 50 + 10 + 490, answer.Sum(b => b.NetworkIn));
        Assert.All(answer, b => Assert.Null(b.NetworkOut));
    }

    [Fact]
    public async Task The_newest_sample_and_the_list_of_instances()
    {
        var instance = Guid.NewGuid();
        await _database.DataSource.RunAsync($"INSERT INTO instances (id, name) VALUES ('{instance}', 'one')");
        Assert.Null(await _reader.LatestAsync(instance, Token));
        Assert.True(await _reader.ExistsAsync(instance, Token));
        Assert.False(await _reader.ExistsAsync(Guid.NewGuid(), Token));

        var sample = new UsageSample(instance, Start, new() { CpuUsage = 12.5, MemoryUsage = 1, MemoryLimit = 2, DiskUsage = 3, NetworkIn = 4, NetworkOut = 5 });
        await UsageTable.InsertAsync(_database.DataSource, [sample with { Timestamp = Start.AddMinutes(-1) }, sample]);
        Assert.Equal(sample, await _reader.LatestAsync(instance, Token));
        var page = await _reader.InstancesAsync(new(), Token);
        Assert.Equal([new InstanceSummary(instance, "one", null, "silent", null, Start, null, null, 12.5, 1, 2, 50, 3, 4, 5)], page.Instances);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Without_samples_a_history_is_empty() =>
        Assert.Empty(await _reader.HistoryAsync(new(Guid.NewGuid(), Start, Start.AddDays(30), 100), Token));

    internal static void Same(IReadOnlyList<UsageBucket> expected, IReadOnlyList<UsageBucket> actual)
    {
        Assert.Equal(expected.Select(b => (b.Timestamp, b.SampleCount)), actual.Select(b => (b.Timestamp, b.SampleCount)));
        foreach (var (want, have) in expected.Zip(actual))
        {
            Assert.Equal((want.CpuMax, want.MemoryMax, want.MemoryLimit), (have.CpuMax, have.MemoryMax, have.MemoryLimit));
            Assert.Equal((want.NetworkIn, want.NetworkOut), (have.NetworkIn, have.NetworkOut));
            Near(want.CpuUsage, have.CpuUsage);
            Near(want.MemoryUsage, have.MemoryUsage);
            Near(want.MemoryPercentage, have.MemoryPercentage);
            Near(want.DiskUsage, have.DiskUsage);
        }

        static void Near(double? want, double? have)
        {
            Assert.Equal(want is null, have is null);
            if (want is { } w)
                Assert.Equal(w, have!.Value, Math.Max(1e-9, Math.Abs(w) * 1e-12));
        }
    }
}
