using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Schema;

/// <summary>Over one database of the newest schema with the default policies: each test's transaction is rolled back.</summary>
public sealed class LifecyclePoliciesTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private NpgsqlConnection _connection = null!;
    private NpgsqlTransaction _transaction = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Compression, and two a rollup.
    private static readonly int Policies = 1 + (2 * Rollup.All.Count);

    private static TimeSpan Days(double days) => TimeSpan.FromDays(days);

    public async ValueTask InitializeAsync()
    {
        _connection = await shared.Database.DataSource.OpenConnectionAsync(Token);
        _transaction = await _connection.BeginTransactionAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task What_fits_is_left_alone()
    {
        var before = await JobsAsync();
        Assert.Equal(Policies, before.Count);
        Assert.Empty(await ApplyAsync(new()));
        Assert.Equal(before, await JobsAsync());
    }

    public static TheoryData<LifecycleOptions, string[]> Changes
    {
        get
        {
            var changes = new TheoryData<LifecycleOptions, string[]>
            {
                { new() { ChunkInterval = Days(0.5) }, ["new chunks of resource_usage span 12:00:00"] },
                { new() { CompressAfter = Days(3) }, ["resource_usage is compressed after 3.00:00:00"] },
                {
                    new() { RawRetention = Days(40) },
                    [
                        "resource_usage_5m is refreshed from 39.23:45:00 ago to 00:05:00 ago",
                        "resource_usage is dropped after 40.00:00:00, once resource_usage_5m has it",
                    ]
                },
            };
            foreach (var rollup in Rollup.All)
            {
                var window = rollup.Bucket * 10;
                changes.Add(new() { Rollups = { [rollup.RefreshKey] = window } }, [$"{rollup.Name} is refreshed from {window} ago to {rollup.Bucket} ago"]);
                if (rollup.Finer is not { } finer)
                    continue;
                var kept = finer.Retention!.Value + Days(20);
                changes.Add(
                    new() { Rollups = { [finer.RetentionKey] = kept } },
                    [
                        $"{rollup.Name} is refreshed from {kept - rollup.Bucket * 3} ago to {rollup.Bucket} ago",
                        $"{finer.Name} is dropped after {kept}, once {rollup.Name} has it",
                    ]);
            }

            return changes;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task What_differs_is_corrected_in_place_and_nothing_else(LifecycleOptions lifecycle, string[] changes)
    {
        var before = await JobsAsync();
        Assert.Equal(changes, await ApplyAsync(lifecycle));
        var after = await JobsAsync();
        Assert.Equal(before.Keys, after.Keys);
        Assert.Equal(
            changes.Count(line => !line.StartsWith("new chunks", StringComparison.Ordinal)),
            after.Count(job => job.Value != before[job.Key]));
        Assert.Empty(await ApplyAsync(lifecycle));
    }

    [Fact]
    public async Task A_missing_policy_is_made_again_as_it_was()
    {
        var before = await JobsAsync();
        // The scheduler may be running one of them: whoever waits for a job that waits for another is ended.
        Assert.Equal(Policies, await DeadlockRetry.RunAsync(async () =>
        {
            await _transaction.RollbackAsync(Token);
            _transaction = await _connection.BeginTransactionAsync(Token);
            await _connection.RunAsync("SELECT delete_job(job_id) FROM timescaledb_information.jobs WHERE job_id >= 1000");
            return (await ApplyAsync(new())).Count;
        }));
        Assert.Equal(before.Values.Order(StringComparer.Ordinal), (await JobsAsync()).Values.Order(StringComparer.Ordinal));
        Assert.Empty(await ApplyAsync(new()));
    }

    [Fact]
    public async Task The_level_that_has_to_have_it_first_is_corrected_when_the_chain_has_changed()
    {
        var before = await JobsAsync();
        await _connection.RunAsync(
            """
            SELECT alter_job(job_id, scheduled => false, config => jsonb_set(config, '{rollup}', '"resource_usage_daily"'))
            FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage_5m'
            """);
        Assert.Equal([$"resource_usage_5m is dropped after 180.00:00:00, once {Rollup.All[1].Name} has it"], await ApplyAsync(new()));
        var after = await JobsAsync();
        Assert.Equal(1, after.Count(job => job.Value != before[job.Key]));
        Assert.Equal(before.Values, after.Values.Select(job => job.Replace(" f {", " t {", StringComparison.Ordinal)));
        Assert.Empty(await ApplyAsync(new()));
    }

    [Fact]
    public async Task A_paused_policy_stays_paused_and_keeps_its_operators_schedule_when_it_is_corrected()
    {
        await _connection.RunAsync(
            """
            SELECT alter_job(job_id, scheduled => false, schedule_interval => interval '17 minutes')
            FROM timescaledb_information.jobs WHERE job_id >= 1000
            """);
        var changes = await ApplyAsync(
            new() { CompressAfter = Days(3), RawRetention = Days(40), Rollups = Rollup.All.SkipLast(1).ToDictionary(r => r.RetentionKey, r => r.Retention!.Value - Days(20)) });
        Assert.Equal(Policies, changes.Count);
        Assert.Equal(Policies, await _connection.ScalarAsync<long>(
            """
            SELECT count(*) FROM timescaledb_information.jobs
            WHERE job_id >= 1000 AND NOT scheduled AND schedule_interval = '17 minutes'
            """));
    }

    [Fact]
    public async Task The_same_length_written_otherwise_is_left_as_it_is_written()
    {
        await _connection.RunAsync(
            """
            SELECT alter_job(job_id, config => jsonb_set(config, '{drop_after}', '"2160:00:00"'))
            FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage' AND config ->> 'drop_after' = '90 days'
            """);
        Assert.Empty(await ApplyAsync(new()));
        Assert.Equal("2160:00:00", await _connection.ScalarAsync<string>(
            "SELECT config ->> 'drop_after' FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage'"));
    }

    [Fact]
    public async Task A_refresh_without_a_start_would_erase_what_is_dropped_and_gets_one()
    {
        await _connection.RunAsync(
            """
            SELECT alter_job(job_id, config => jsonb_set(config, '{start_offset}', 'null'))
            FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'
            """);
        Assert.Equal(Rollup.All.Count, (await ApplyAsync(new())).Count);
        Assert.Empty(await ApplyAsync(new()));
    }

    [Theory]
    [InlineData("40 days", "40 days", "-00:05")]
    [InlineData("10 minutes", "0", "00:15")]
    [InlineData("200 days", "90 days", "-00:15")]
    public async Task A_refresh_reaches_no_further_back_than_its_source_is_kept_but_over_three_buckets(
        string dropped, string start, string less)
    {
        await _connection.RunAsync($"INSERT INTO retention_progress VALUES ('resource_usage', now() - interval '{dropped}')");
        await ApplyAsync(new());
        Assert.True(await _connection.ScalarAsync<bool>(
            $"""
            SELECT (j.config ->> 'start_offset')::interval = interval '{start}' + interval '{less}' FROM timescaledb_information.jobs j
            JOIN timescaledb_information.continuous_aggregates c ON j.hypertable_name IN (c.materialization_hypertable_name, c.view_name)
            WHERE j.proc_name = 'policy_refresh_continuous_aggregate' AND c.view_name = 'resource_usage_5m'
            """));
    }

    [Fact]
    public async Task A_rollup_that_a_bulk_copy_has_taken_away_gets_no_refresh()
    {
        await _connection.RunAsync("DROP MATERIALIZED VIEW resource_usage_daily");
        Assert.Empty(await ApplyAsync(new()));
        Assert.Equal(
            ["resource_usage_hourly is refreshed from 10.00:00:00 ago to 01:00:00 ago"],
            await ApplyAsync(new() { Rollups = { ["Lifecycle:HourlyRefreshWindow"] = Days(10), ["Lifecycle:DailyRefreshWindow"] = Days(10) } }));
    }

    private Task<IReadOnlyList<string>> ApplyAsync(LifecycleOptions lifecycle)
    {
        lifecycle.Validate();
        return new LifecyclePolicies(_connection).ApplyAsync(lifecycle, Token);
    }

    /// <summary>Our jobs with all that makes one, by id.</summary>
    private async Task<SortedDictionary<int, string>> JobsAsync()
    {
        var jobs = new SortedDictionary<int, string>();
        await using var command = new NpgsqlCommand(
            """
            SELECT job_id, concat_ws(' ', proc_name, hypertable_name, schedule_interval, scheduled, config)
            FROM timescaledb_information.jobs WHERE job_id >= 1000
            """, _connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
            jobs.Add(reader.GetInt32(0), reader.GetString(1));
        return jobs;
    }
}
