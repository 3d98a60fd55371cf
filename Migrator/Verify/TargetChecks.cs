using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>What must hold in the target by itself: key, references, the finest rollup against the samples, policies.</summary>
internal sealed class TargetChecks(NpgsqlConnection target)
{
    private static readonly (string Sql, string Finding)[] Checks =
    [
        ($"SELECT NOT ({SampleKey.Exists})", "the unique key of resource_usage is missing; run copy again"),
        ($"SELECT EXISTS ({PausedPolicies.Unfinished})", "policies are still paused; run copy again"),
        ($"""
         SELECT count(*) FILTER (WHERE proc_name = 'policy_refresh_continuous_aggregate') < {Rollup.All.Count}
             OR count(*) FILTER (WHERE proc_name = '{RollupJobs.Retention}') < {Rollup.All.Count}
             OR count(*) FILTER (WHERE hypertable_name = 'resource_usage' AND {RollupJobs.Compresses}) < 1
         FROM timescaledb_information.jobs
         """, "a policy that compresses, rolls up or drops samples is missing; run catch-up, or since the cutover the migrator without a verb, which makes it"),
    ];

    // Of the move; since the cutover instances may go, and their samples stay.
    private static readonly (string Sql, string Finding)[] References =
    [
        ("SELECT EXISTS (SELECT FROM (SELECT DISTINCT instance_id FROM resource_usage) r WHERE NOT EXISTS (SELECT FROM instances i WHERE i.id = r.instance_id))",
            "samples of instances that are not in instances"),
        ("SELECT EXISTS (SELECT FROM instances i WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id))",
            "instances of users that are not in users"),
    ];

    // Below what retention has dropped there is nothing to compare with. The last bits of a sum of floats depend on the order of the rows;
    // a hundredth of a billionth of the smallest double is an error to PostgreSQL.
    internal const string RollupAgainstSamples =
        $"""
        WITH expected AS (
          SELECT time_bucket('1 day', "timestamp") AS day, count(*)::numeric AS n, sum(cpu_usage) AS cpu, count(cpu_usage)::numeric AS cpus, max(cpu_usage) AS cpu_max,
                 sum(memory_usage) AS memory, count(memory_usage)::numeric AS memories, sum(disk_usage) AS disk, count(disk_usage)::numeric AS disks
          FROM resource_usage WHERE deleted_at IS NULL GROUP BY 1),
        rolled AS (
          SELECT time_bucket('1 day', bucket) AS day, sum(sample_count) AS n, sum(cpu_sum) AS cpu, sum(cpu_count) AS cpus, max(cpu_max) AS cpu_max,
                 sum(memory_sum) AS memory, sum(memory_count) AS memories, sum(disk_sum) AS disk, sum(disk_count) AS disks
          FROM resource_usage_5m GROUP BY 1)
        SELECT min(day) FROM expected e FULL JOIN rolled r USING (day)
        WHERE ((e.n, e.cpus, e.cpu_max, e.memory, e.memories, e.disk, e.disks) IS DISTINCT FROM (r.n, r.cpus, r.cpu_max, r.memory, r.memories, r.disk, r.disks)
               OR abs(e.cpu - r.cpu) > {RollupComparison.Tolerance} * greatest(e.cpu, 1))
          AND day >= coalesce((SELECT dropped_before FROM retention_progress WHERE relation = 'resource_usage'), '-infinity')
        """;

    /// <param name="isMoving">False since the cutover: rollups follow what comes, each at its policy's pace.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<string>> RunAsync(bool isMoving, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var (sql, finding) in isMoving ? [.. Checks, .. References] : Checks)
        {
            if (await target.ScalarAsync<bool>(sql, cancellationToken))
                findings.Add(finding);
        }

        var totals = await new MigrationLedger(target).TotalsAsync(cancellationToken);
        if (totals.Done < totals.Windows)
            findings.Add("not every window is copied; run copy again");
        if (isMoving && totals.ToRollUp > 0)
            findings.Add("the rollups lack windows that were copied; run catch-up");
        if (totals.Unbalanced > 0)
            findings.Add("windows whose books do not add up");
        if (isMoving && await target.ScalarAsync<DateTime?>(RollupAgainstSamples, cancellationToken) is { } day)
            findings.Add($"resource_usage_5m differs from the samples on {day:yyyy-MM-dd}");
        return findings;
    }
}
