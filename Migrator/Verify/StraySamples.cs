using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>Samples of the target in times of which the original has none: no window looks there.</summary>
internal sealed class StraySamples(NpgsqlConnection target)
{
    public async Task<List<string>> FindAsync(IReadOnlyList<VerifiedWindow> compared, CancellationToken cancellationToken)
    {
        var stray = await target.ScalarAsync<long>("SELECT count(*) FROM resource_usage", cancellationToken) - compared.Sum(w => w.TargetRows);
        if (stray == 0)
            return [];
        var times = compared.Where(w => w.Start.Year > 1).ToList();
        var rows = await target.QueryAsync(
            $"""
            SELECT format('  not in the original: instance %s at %s', instance_id, "timestamp") FROM resource_usage r
            WHERE NOT EXISTS (SELECT FROM unnest($1::timestamptz[], $2::timestamptz[]) w(s, e) WHERE r."timestamp" >= w.s AND r."timestamp" < w.e)
            ORDER BY "timestamp", instance_id LIMIT {WindowVerification.RowsNamed}
            """, r => r.GetString(0), cancellationToken, times.ConvertAll(w => w.Start).ToArray(), times.ConvertAll(w => w.End).ToArray());
        return [$"{stray} samples stand in the target at times of which the original has none; no pass looks there: DELETE them in the target", .. rows];
    }
}
