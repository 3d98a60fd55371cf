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
    public async Task A_rollup_that_somebody_has_dropped_keeps_the_cutover_until_it_is_made_and_filled_again()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        await target.DataSource.RunAsync("DROP MATERIALIZED VIEW resource_usage_daily");
        Assert.StartsWith(
            "The target lacks resource_usage_daily. Run catch-up", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        Assert.Contains("the target lacks resource_usage_daily; run catch-up, which makes and fills what is missing", (await Verbs.VerifyAsync(original, target)).Findings);

        // As catch-up and cutover begin, and the run without a verb.
        Assert.StartsWith("resource_usage_daily was missing", (await MakeAsync()).PoliciesChanged[0], StringComparison.Ordinal);
        Assert.Empty((await MakeAsync()).PoliciesChanged);
        Assert.Contains("the rollups lack windows that were copied; run catch-up", (await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Contains("has not been verified", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        Task<SchemaResult> MakeAsync() => SchemaMigration.ApplyAsync(target.ConnectionString, new(), NullLogger.Instance, Token);
    }
}
