using LaunchStack.Aggregator.Migration;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Usage.Database;

namespace LaunchStack.Aggregator.Tests.Migration;

public sealed class MigrationReaderTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private TestTimescale _database = null!;
    private MigrationReader _reader = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await shared.ResetAsync();
        _reader = new(new DatabaseExecutor(_database.DataSource, TimeProvider.System));
    }

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Without_a_move_there_is_no_run()
    {
        Assert.Equivalent(new MigrationState(null, [], [], []), await _reader.ReadAsync(Token));
    }

    [Fact]
    public async Task Windows_are_counted_by_day_and_quarantine_by_reason_with_a_few_rows()
    {
        await _database.DataSource.RunAsync(
            """
            INSERT INTO migration_runs (source, generation, soft_deleted, chunk_interval, earliest, latest, bulk, copied_at)
            VALUES ('1/app', 2, 'move', '1 day', '2020-01-01', '2030-01-01', true, now());
            INSERT INTO migration_tables (table_name, source_rows, moved_rows, quarantined_rows) VALUES ('users', 3, 2, 1);
            INSERT INTO migration_windows (window_start, window_end, done, source_rows, moved_rows, quarantined_rows, rolled_up, copied_at) VALUES
              ('-infinity', '-infinity', true, 1, 0, 1, false, '2026-11-20T00:00:00Z'),
              ('2026-11-01T00:00:00Z', '2026-11-01T12:00:00Z', true, 1000, 998, 2, true, '2026-11-20T00:00:10Z'),
              ('2026-11-01T12:00:00Z', '2026-11-02T00:00:00Z', true, 1000, 900, 0, false, '2026-11-20T00:00:20Z'),
              ('2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z', false, 0, 0, 0, false, NULL);
            INSERT INTO migration_quarantine (source_table, "row", reason) SELECT 'resource_usages', jsonb_build_object('id', n), 'cpu_usage is NaN' FROM generate_series(1, 5) n;
            INSERT INTO migration_quarantine (source_table, "row", reason) VALUES ('users', NULL, 'email is null');
            """);

        var state = await _reader.ReadAsync(Token);

        Assert.Equal(("catch-up", 4, 3, 1), (state.Run!.Next, state.Run.Windows, state.Run.Done, state.Run.ToRollUp));
        Assert.Equal(2001 / 20d, state.Run.RowsPerSecond!.Value, 6);
        Assert.Equal(20 / 3d, state.Run.SecondsLeft!.Value, 6);
        Assert.Equal(
            [new(null, 1, 1, 0, 0, 1, 0, 1), new(new(2026, 11, 1), 2, 2, 1, 1, 2000, 1898, 2), new(new(2026, 11, 2), 1, 0, 0, 0, 0, 0, 0)], state.Days);
        Assert.Equal(["done", "differing", "to_do"], state.Days.Select(day => day.State));
        Assert.Equal([new("users", 3, 2, 1), new("resource_usage", 2001, 1898, 3)], state.Tables);
        Assert.Equal([("resource_usages", 5L, 3), ("users", 1L, 0)], state.Quarantine.Select(q => (q.Table, q.Rows, q.Samples.Count)));
        Assert.Equal(1, state.Quarantine[0].Samples[0].GetProperty("id").GetInt32());
    }

    [Theory]
    [InlineData("SELECT", "verify")]
    [InlineData("UPDATE migration_runs SET verified_at = now()", "cutover")]
    [InlineData("UPDATE migration_windows SET rolled_up = false", "catch-up")]
    [InlineData("INSERT INTO migration_paused_jobs (job_id, next_start) SELECT job_id, next_start FROM timescaledb_information.jobs ON CONFLICT DO NOTHING", "catch-up")]
    public async Task Retention_that_waits_for_the_cutover_and_rows_without_a_time_are_no_work_for_another_pass(string then, string next)
    {
        await _database.DataSource.RunAsync(
            """
            INSERT INTO migration_runs (source, generation, soft_deleted, chunk_interval, earliest, latest, bulk, copied_at)
            VALUES ('1/app', 2, 'move', '1 day', '2020-01-01', '2030-01-01', true, now());
            INSERT INTO migration_windows (window_start, window_end, done, source_rows, moved_rows, quarantined_rows, rolled_up, copied_at) VALUES
              ('-infinity', '-infinity', true, 1, 0, 1, false, now()), ('2026-11-01', '2026-11-02', true, 1000, 1000, 0, true, now());
            INSERT INTO migration_paused_jobs (job_id, next_start)
            SELECT job_id, next_start FROM timescaledb_information.jobs WHERE proc_name = 'drop_rolled_up_chunks';
            """);
        Assert.Equal(3, await _database.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_paused_jobs", Token));
        await _database.DataSource.RunAsync(then);

        Assert.Equal(next, (await _reader.ReadAsync(Token)).Run!.Next);
    }
}
