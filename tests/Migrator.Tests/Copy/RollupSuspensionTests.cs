using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Rollups;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Migrator.Tests.Copy;

public sealed class RollupSuspensionTests
{
    /// <summary>Every job but for its number and the number of the table beneath a rollup, which are new.</summary>
    private const string Jobs =
        """
        SELECT string_agg(concat_ws(' ', j.proc_name, coalesce(c.view_name, j.hypertable_name), j.scheduled, j.schedule_interval, j.max_runtime,
                          j.max_retries, j.retry_period, j.config - 'mat_hypertable_id'), E'\n' ORDER BY j.proc_name, c.view_name, j.config ->> 'relation')
        FROM timescaledb_information.jobs j
        LEFT JOIN timescaledb_information.continuous_aggregates c ON j.hypertable_name IN (c.materialization_hypertable_name, c.view_name)
        WHERE j.job_id >= 1000
        """;

    /// <summary>Of every rollup, but for the number of the table beneath it: its columns, its statement, its chunks, its indexes.</summary>
    private const string Shape =
        """
        SELECT string_agg(concat_ws(E'\n', v.view_name, v.materialized_only, v.compression_enabled, v.view_definition, d.time_interval,
          (SELECT string_agg(concat(column_name, data_type), ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = v.view_name),
          (SELECT string_agg(replace(indexdef, v.materialization_hypertable_name, ''), ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = v.materialization_hypertable_name)),
          E'\n' ORDER BY v.view_name)
        FROM timescaledb_information.continuous_aggregates v
        JOIN timescaledb_information.dimensions d ON d.hypertable_name = v.materialization_hypertable_name
        """;

    private static string Refresh(string rollup) =>
        $"""
        (SELECT j.job_id FROM timescaledb_information.jobs j
         JOIN timescaledb_information.continuous_aggregates c ON j.hypertable_name IN (c.materialization_hypertable_name, c.view_name)
         WHERE j.proc_name = 'policy_refresh_continuous_aggregate' AND c.view_name = '{rollup}')
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_crash_the_rollups_come_back_with_their_policies_as_an_operator_had_left_them()
    {
        await using var database = await TestTimescale.CreateAsync();
        await database.DataSource.RunAsync(
            $"""
            SELECT alter_job({Refresh("resource_usage_hourly")}, scheduled => false);
            SELECT alter_job({Refresh("resource_usage_5m")}, schedule_interval => '17 minutes', max_retries => 3);
            """);
        var before = await database.DataSource.ScalarAsync<string>(Jobs);
        Assert.Contains("00:17:00", before, StringComparison.Ordinal);
        var shape = await database.DataSource.ScalarAsync<string>(Shape);

        await using (var target = await database.DataSource.OpenConnectionAsync(Token))
        {
            await PausedPolicies.PauseWithinAsync(target, Token);
            await RollupSuspension.DropAsync(target, Token);
        }

        Assert.Equal(0L, await database.DataSource.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.continuous_aggregates"));

        // The run after the crash.
        await SchemaMigration.ApplyAsync(database.ConnectionString, new(), NullLogger.Instance, Token);
        await using (var target = await database.DataSource.OpenConnectionAsync(Token))
        {
            await PausedPolicies.PauseWithinAsync(target, Token);
            await RollupSuspension.DropAsync(target, Token);
            await RollupSuspension.RestoreAsync(target, new(), Token);
            Assert.False(await database.DataSource.ScalarAsync<bool>(
                "SELECT bool_or(scheduled) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'"));
            await PausedPolicies.RestoreWithinAsync(target, retention: true, Token);
        }

        Assert.Equal(before, await database.DataSource.ScalarAsync<string>(Jobs));
        Assert.Equal(shape, await database.DataSource.ScalarAsync<string>(Shape));
        Assert.Equal(0L, await database.DataSource.ScalarAsync<long>(
            "SELECT (SELECT count(*) FROM migration_refresh_policies) + (SELECT count(*) FROM migration_paused_jobs)"));
    }

    /// <summary>Whoever takes the rollups away runs these again, and no others.</summary>
    [Fact]
    public void A_script_that_makes_a_rollup_is_named_for_it() =>
        Assert.All(
            SchemaScript.All.Where(s => s.Text.Contains("MATERIALIZED VIEW", StringComparison.OrdinalIgnoreCase)),
            script => Assert.EndsWith("-rollups", script.Name, StringComparison.Ordinal));

    [Fact]
    public async Task Where_some_rollups_are_missing_the_message_says_what_makes_them_again()
    {
        await using var database = await TestTimescale.CreateAsync();
        await using var target = await database.DataSource.OpenConnectionAsync(Token);
        await target.RunAsync("DROP MATERIALIZED VIEW resource_usage_daily");
        var error = await Assert.ThrowsAsync<SchemaException>(() => RollupSuspension.DropAsync(target, Token));
        Assert.Contains("lacks resource_usage_daily,", error.Message, StringComparison.Ordinal);
        foreach (var statement in error.Message[(error.Message.IndexOf("DROP", StringComparison.Ordinal))..].Split("; "))
            await target.RunAsync(statement);
        await RollupSuspension.DropAsync(target, Token);
        await RollupSuspension.RestoreAsync(target, new(), Token);
        Assert.Equal((long)Rollup.All.Count, await target.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.continuous_aggregates"));
    }
}
