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
        ("SELECT EXISTS (SELECT FROM migration_paused_jobs)", "policies are still paused; run copy again"),
        ("SELECT EXISTS (SELECT FROM (SELECT DISTINCT instance_id FROM resource_usage) r WHERE NOT EXISTS (SELECT FROM instances i WHERE i.id = r.instance_id))",
            "samples of instances that are not in instances"),
        ("SELECT EXISTS (SELECT FROM instances i WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id))",
            "instances of users that are not in users"),
        ("SELECT EXISTS (SELECT FROM migration_windows WHERE done AND source_rows <> moved_rows + quarantined_rows)", "windows whose books do not add up"),
    ];

    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var (sql, finding) in Checks)
        {
            if (await target.ScalarAsync<bool>(sql, cancellationToken))
                findings.Add(finding);
        }

        foreach (var rollup in new[] { "resource_usage_5m", "resource_usage_hourly", "resource_usage_daily" })
        {
            var day = await target.ScalarAsync<DateTime?>(
                $"""
                SELECT coalesce(r.day, a.day) FROM
                  (SELECT time_bucket('1 day', "timestamp") AS day, count(*) AS n, sum(memory_usage) AS memory, sum(disk_usage) AS disk, max(cpu_usage) AS cpu
                   FROM resource_usage WHERE deleted_at IS NULL GROUP BY 1) r
                FULL JOIN
                  (SELECT time_bucket('1 day', bucket) AS day, sum(sample_count) AS n, sum(memory_sum) AS memory, sum(disk_sum) AS disk, max(cpu_max) AS cpu
                   FROM {rollup} GROUP BY 1) a USING (day)
                WHERE (r.n, r.memory, r.disk, r.cpu) IS DISTINCT FROM (a.n, a.memory, a.disk, a.cpu)
                  AND coalesce(r.day, a.day) >= coalesce((SELECT max(dropped_before) FROM retention_progress), '-infinity')
                ORDER BY 1 LIMIT 1
                """, cancellationToken);
            if (day is not null)
                findings.Add($"{rollup} differs from the samples on {day:yyyy-MM-dd}");
        }

        return findings;
    }
}
