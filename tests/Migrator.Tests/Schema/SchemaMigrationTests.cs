using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Status;
using LaunchStack.Usage;
using Microsoft.Extensions.Logging.Abstractions;
using static LaunchStack.Usage.Database.SqlExtensions;

namespace LaunchStack.Migrator.Tests.Schema;

public sealed class SchemaMigrationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static Task<SchemaResult> ApplyAsync(TestTimescale database, LifecycleOptions? lifecycle = null) =>
        SchemaMigration.ApplyAsync(database.ConnectionString, lifecycle ?? new(), NullLogger.Instance, None);

    [Fact]
    public async Task A_target_that_a_dump_is_restored_into_takes_no_samples()
    {
        await using var target = await TestTimescale.CreateAsync();
        await using var connection = await target.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Null(await TargetSchema.ProblemAsync(connection, TestContext.Current.CancellationToken));
        await connection.ExecuteAsync("SET timescaledb.restoring = on", TestContext.Current.CancellationToken);
        var problem = await TargetSchema.ProblemAsync(connection, TestContext.Current.CancellationToken);
        Assert.Contains("SELECT timescaledb_post_restore()", problem, StringComparison.Ordinal);
        Assert.Contains("RESET timescaledb.restoring", problem, StringComparison.Ordinal);
        await connection.ExecuteAsync("RESET timescaledb.restoring", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Twice_is_the_same_as_once()
    {
        await using var database = await TestTimescale.CreateAsync(migrated: false);
        var first = await ApplyAsync(database);
        var second = await ApplyAsync(database);

        Assert.Equal(SchemaScript.All.Select(s => s.Name), first.ScriptsRun);
        Assert.Equal(1 + (2 * Rollup.All.Count), first.PoliciesChanged.Count);
        Assert.Empty(second.ScriptsRun);
        Assert.Empty(second.PoliciesChanged);
        Assert.Equal(first.Version, second.Version);
        Assert.Equal(1L, await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type = 'SchemaMigrated'"));
        Assert.Equal(first.Version, await database.DataSource.ScalarAsync<string>("SELECT body ->> 'version' FROM outbox"));
    }

    [Fact]
    public async Task Each_instance_of_an_import_is_looked_up_by_an_index()
    {
        var token = TestContext.Current.CancellationToken;
        await using var database = await TestTimescale.CreateAsync();
        await using var connection = await database.DataSource.OpenConnectionAsync(token);
        // Known to be empty, which is when a scan looks cheapest.
        await connection.ExecuteAsync("VACUUM alert_targets", token);
        await connection.ExecuteAsync("VACUUM instance_owners", token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await connection.ExecuteAsync("INSERT INTO instances (id, name) SELECT gen_random_uuid(), 'i' || n FROM generate_series(1, 500) n", token);
        Assert.Equal(0L, await connection.ScalarAsync<long>(
            "SELECT sum(seq_tup_read)::bigint FROM pg_stat_xact_user_tables WHERE relname IN ('alert_targets', 'instance_owners')", token));
    }

    [Fact]
    public async Task Migrators_at_once_apply_every_script_once()
    {
        await using var database = await TestTimescale.CreateAsync(migrated: false);
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ApplyAsync(database)));

        Assert.Equal(SchemaScript.All.Select(s => s.Name), results.SelectMany(r => r.ScriptsRun).Order(StringComparer.Ordinal));
        Assert.Equal(1 + (2 * Rollup.All.Count), await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
    }

    [Fact]
    public async Task Changed_windows_are_corrected_in_place_and_status_shows_them()
    {
        await using var database = await TestTimescale.CreateAsync();
        var result = await ApplyAsync(database, new LifecycleOptions
        {
            ChunkInterval = TimeSpan.FromHours(12), CompressAfter = TimeSpan.FromDays(3), RawRetention = TimeSpan.FromDays(40),
        });
        Assert.Equal(4, result.PoliciesChanged.Count);

        await using var connection = await database.DataSource.OpenConnectionAsync(None);
        var status = await StatusReader.ReadAsync(connection, None);
        Assert.Equal(["resource_usage", .. Rollup.All.Select(r => r.Name), "resource_usage_revisions"], status.Relations.Select(r => r.Name));
        Assert.Equal(TimeSpan.FromHours(12), status.Relations[0].ChunkInterval);
        Assert.Equal(1 + (2 * Rollup.All.Count), status.Jobs.Count);
        Assert.Contains(status.Jobs, j => j.Relation == "resource_usage" && j.Config!.Contains("\"drop_after\": \"40 days\"", StringComparison.Ordinal));
        var text = new StringWriter();
        StatusText.Write(status, text);
        Assert.Contains("resource_usage_hourly", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_fails_keeps_nothing_and_the_next_run_goes_on_there()
    {
        await using var database = await TestTimescale.CreateAsync(migrated: false);
        var broken = SchemaScript.From("0004-counters.sql", "CREATE TABLE half_done (x int);\nSELECT 1 / 0;");
        SchemaScript[] scripts = [.. SchemaScript.All.Select(s => s.Name == "0004-counters" ? broken : s)];

        var error = await Assert.ThrowsAsync<SchemaException>(() => SchemaMigration.ApplyAsync(
            database.ConnectionString, new(), scripts, NullLogger.Instance, TimeProvider.System, None));
        Assert.Contains("0004-counters.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains("division by zero", error.Message.Split('\n')[^1], StringComparison.Ordinal);
        Assert.True(await database.DataSource.ScalarAsync<bool>("SELECT to_regclass('half_done') IS NULL"));

        await using (var connection = await database.DataSource.OpenConnectionAsync(None))
        {
            var status = await StatusReader.ReadAsync(connection, None);
            Assert.Equal(("0003-samples", 0L), (status.Schema, status.QuarantinedRows));
        }

        var resumed = await ApplyAsync(database);
        Assert.Equal("0004-counters", resumed.ScriptsRun[0]);
    }

    [Fact]
    public async Task A_database_with_foreign_tables_is_refused_untouched()
    {
        await using var database = await TestTimescale.CreateAsync(migrated: false);
        await database.DataSource.RunAsync("CREATE TABLE resource_usages (id uuid)");
        var error = await Assert.ThrowsAsync<SchemaException>(() => ApplyAsync(database));
        Assert.Contains("ConnectionStrings__original", error.Message, StringComparison.Ordinal);
        Assert.True(await database.DataSource.ScalarAsync<bool>("SELECT to_regclass('schema_versions') IS NULL"));
    }

    [Fact]
    public async Task Old_samples_are_rolled_up_before_they_are_dropped()
    {
        await using var database = await TestTimescale.CreateAsync();
        await database.DataSource.PauseJobsAsync();
        await database.DataSource.RunAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, network_in)
            SELECT '00000000-0000-0000-0000-000000000001', date_trunc('day', now()) - interval '100 days' + n * interval '1 minute', n, n * 10
            FROM generate_series(0, 59) n
            """);
        var job = await database.DataSource.ScalarAsync<int>(
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'drop_rolled_up_chunks' AND config ->> 'relation' = 'resource_usage'");
        await database.DataSource.RunAsync($"CALL run_job({job})");
        await database.DataSource.RunAsync($"CALL run_job({job})");

        Assert.Equal(0L, await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage"));
        Assert.Equal(60m, await database.DataSource.ScalarAsync<decimal>("SELECT sum(sample_count) FROM resource_usage_5m"));
    }
}
