using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>What must hold in the target by itself: key, references, rollups against raw samples, policies.</summary>
internal static class TargetChecks
{
    private static readonly (string Sql, string Finding)[] Checks =
    [
        ($"SELECT NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{CopyRunner.UniqueKey}')", "the unique key of resource_usage is missing; run copy again"),
        ("SELECT EXISTS (SELECT FROM migration_windows WHERE NOT done)", "not every window is copied; run copy again"),
        ($"SELECT EXISTS ({PausedPolicies.Unfinished})", "policies are still paused; run copy again"),
        ("SELECT EXISTS (SELECT FROM (SELECT DISTINCT instance_id FROM resource_usage) r WHERE NOT EXISTS (SELECT FROM instances i WHERE i.id = r.instance_id))",
            "samples of instances that are not in instances"),
        ("SELECT EXISTS (SELECT FROM instances i WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id))",
            "instances of users that are not in users"),
        ("SELECT EXISTS (SELECT FROM migration_windows WHERE done AND source_rows <> moved_rows + quarantined_rows)", "windows whose books do not add up"),
    ];

    // The samples are read once for all three levels. Below what retention has dropped there is nothing to compare with.
    private const string RollupsAgainstSamples =
        """
        WITH samples AS MATERIALIZED (
          SELECT time_bucket('1 day', "timestamp") AS day, count(*)::numeric AS n, sum(memory_usage) AS memory, sum(disk_usage) AS disk, max(cpu_usage) AS cpu
          FROM resource_usage WHERE deleted_at IS NULL GROUP BY 1),
        expected AS (
          SELECT rollup, s.* FROM samples s CROSS JOIN unnest(ARRAY['resource_usage_5m', 'resource_usage_hourly', 'resource_usage_daily']) AS rollup),
        rolled (rollup, day, n, memory, disk, cpu) AS (
          SELECT 'resource_usage_5m', time_bucket('1 day', bucket), sum(sample_count), sum(memory_sum), sum(disk_sum), max(cpu_max)
            FROM resource_usage_5m GROUP BY 2
          UNION ALL SELECT 'resource_usage_hourly', time_bucket('1 day', bucket), sum(sample_count), sum(memory_sum), sum(disk_sum), max(cpu_max)
            FROM resource_usage_hourly GROUP BY 2
          UNION ALL SELECT 'resource_usage_daily', time_bucket('1 day', bucket), sum(sample_count), sum(memory_sum), sum(disk_sum), max(cpu_max)
            FROM resource_usage_daily GROUP BY 2)
        SELECT rollup, min(day) FROM expected e FULL JOIN rolled r USING (rollup, day)
        WHERE (e.n, e.memory, e.disk, e.cpu) IS DISTINCT FROM (r.n, r.memory, r.disk, r.cpu)
          AND day >= coalesce((SELECT max(dropped_before) FROM retention_progress), '-infinity')
        GROUP BY rollup ORDER BY rollup
        """;

    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var (sql, finding) in Checks)
        {
            if (await target.ScalarAsync<bool>(sql, cancellationToken))
                findings.Add(finding);
        }

        await using var command = new NpgsqlCommand(RollupsAgainstSamples, target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            findings.Add($"{reader.GetString(0)} differs from the samples on {reader.GetDateTime(1):yyyy-MM-dd}");
        return findings;
    }
}
