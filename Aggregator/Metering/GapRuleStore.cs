using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Keeps which gap rule held from when on, so that days before a change of configuration are computed as they were.</summary>
internal sealed class GapRuleStore(NpgsqlDataSource dataSource)
{
    // Before the first line there is nothing that another rule would change.
    private const string ApplySql =
        """
        WITH newest AS (SELECT max_gap_ms FROM metering_gap_rules ORDER BY valid_from DESC LIMIT 1)
        INSERT INTO metering_gap_rules (valid_from, max_gap_ms)
        SELECT CASE WHEN EXISTS (SELECT FROM usage_days) THEN (now() AT TIME ZONE 'UTC')::date + 1 ELSE '-infinity' END, $1::bigint
        FROM newest WHERE newest.max_gap_ms IS DISTINCT FROM $1
        ON CONFLICT (valid_from) DO UPDATE SET max_gap_ms = excluded.max_gap_ms
        """;

    /// <summary>Makes the configured rule the one that counts, from the next day on.</summary>
    public Task ApplyAsync(TimeSpan? maxGap, CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync(ApplySql, cancellationToken, (long?)maxGap?.TotalMilliseconds);
}
