using System.Collections.Concurrent;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Rollups;

/// <summary>
/// Compares every bucket of the hourly and the daily rollup, in every column, with what its own definition makes of the level beneath.
/// A value changed in the 5-minute rollup shows here too; all of that one anew would take as long as rolling up, so its days are compared
/// with the samples by <see cref="Verify.TargetChecks"/>. Where retention has dropped the level beneath there is nothing to compare with.
/// </summary>
internal sealed class RollupVerification(IReadOnlyList<NpgsqlConnection> targets)
{
    private const int BucketsNamed = 5;

    /// <summary>Buckets that one statement compares.</summary>
    private const long BucketsAtOnce = 75_000;

    /// <summary>A line for each rollup's first buckets that differ, with the columns.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var (level, unit, longest) in RollupRefresh.Levels.Skip(1))
        {
            var (rollup, beneath) = (level.Name, level.Source);
            var different = new ConcurrentBag<(DateTime Bucket, string Finding)>();
            var compare = await StatementAsync(rollup, beneath, cancellationToken);
            var spans = RollupSpans.Cut(await BucketsAsync(rollup, beneath, unit, cancellationToken), unit, BucketsAtOnce, longest);
            await RollupSpans.ForEachAsync(
                targets, spans, () => different.Count > BucketsNamed,
                async (target, span, stop) =>
                {
                    foreach (var row in await target.QueryAsync(compare, r => (r.GetDateTime(0), r.GetString(1)), stop, span.Start, span.End))
                        different.Add(row);
                },
                cancellationToken);
            findings.AddRange(different.Order().Take(BucketsNamed)
                .Select(d => $"{rollup} differs from {beneath}: {d.Finding}"));
            if (different.Count > BucketsNamed)
                findings.Add($"  and more buckets of {rollup}; CALL refresh_continuous_aggregate('{rollup}', …) makes them anew from what is there");
        }

        return findings;
    }

    private async Task<string> StatementAsync(string rollup, string beneath, CancellationToken cancellationToken)
    {
        var comparison = await RollupComparison.FindAsync(targets[0], rollup, cancellationToken)
            ?? throw new SchemaException($"The target has no rollup {rollup}. Run catch-up; it makes it.");
        var bounds = $"bucket >= $1 AND bucket < $2 AND bucket >= coalesce((SELECT dropped_before FROM retention_progress WHERE relation = '{beneath}'), '-infinity')";
        return
            $"""
            SELECT coalesce(e.bucket, f.bucket), format('instance %s at %s: %s', coalesce(e.instance_id, f.instance_id), coalesce(e.bucket, f.bucket),
              CASE WHEN e.bucket IS NULL THEN 'should not be there' WHEN f.bucket IS NULL THEN 'is missing' ELSE
                (SELECT string_agg(format('%s is %s, should be %s', key, coalesce(there.value, 'null'), coalesce(here.value, 'null')), '; ')
                 FROM jsonb_each_text(to_jsonb(e)) here JOIN jsonb_each_text(to_jsonb(f)) there USING (key) WHERE here.value IS DISTINCT FROM there.value) END)
            FROM {comparison.Sides(bounds)}
            WHERE {comparison.Differs}
            ORDER BY 1 LIMIT {BucketsNamed + 1}
            """;
    }

    /// <summary>Times in which either of the two holds anything, with how many buckets.</summary>
    private Task<List<(DateTime Start, DateTime End, long Rows)>> BucketsAsync(
        string rollup, string beneath, TimeSpan unit, CancellationToken cancellationToken) => targets[0].QueryAsync(
        $"""
        SELECT t, sum(n)::int8 FROM
          (SELECT time_bucket('{unit:c}', bucket) t, count(*) n FROM {beneath} GROUP BY 1
           UNION ALL SELECT time_bucket('{unit:c}', bucket), count(*) FROM {rollup} GROUP BY 1) s
        GROUP BY 1
        """, r => (r.GetDateTime(0), r.GetDateTime(0) + unit, r.GetInt64(1)), cancellationToken);
}
