using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.Verify;

/// <summary>Whether what verify has seen of the samples is still there, told without reading all of them again.</summary>
internal sealed class VerifiedSamples(MigrationContext context)
{
    // What stands between two windows counts with the one before it.
    private const string Counts =
        """
        WITH w AS (SELECT window_start, moved_rows, row_number() OVER (ORDER BY window_start) AS n FROM migration_windows WHERE isfinite(window_start)),
        held AS (SELECT coalesce(width_bucket("timestamp", (SELECT array_agg(window_start ORDER BY window_start) FROM w)), 0) AS n, count(*) AS rows
                 FROM resource_usage GROUP BY 1)
        SELECT format('  %s: %s samples were moved, %s are there', coalesce('window ' || w.window_start, 'before the first window'), coalesce(w.moved_rows, 0), coalesce(h.rows, 0))
        FROM w FULL JOIN held h USING (n) WHERE coalesce(w.moved_rows, 0) <> coalesce(h.rows, 0) ORDER BY n LIMIT 20
        """;

    private const string Quarantined =
        """
        SELECT (SELECT count(*) FROM migration_quarantine WHERE source_table = $1) <> (SELECT coalesce(sum(quarantined_rows), 0) FROM migration_windows)
        """;

    // Each chunk with the table that holds its rows as columns, if it has one.
    private const string Chunks =
        """
        SELECT c.range_start, c.range_end, format('%I.%I', c.chunk_schema, c.chunk_name), s.compress_relid::text
        FROM timescaledb_information.chunks c
        LEFT JOIN _timescaledb_catalog.compression_settings s ON s.relid = format('%I.%I', c.chunk_schema, c.chunk_name)::regclass
        WHERE c.hypertable_schema = 'public' AND c.hypertable_name = 'resource_usage'
        """;

    /// <summary>What is no more as it was verified; nothing where all is.</summary>
    public async Task<List<string>> FindAsync(CancellationToken cancellationToken)
    {
        var findings = await context.Target.QueryAsync(Counts, r => r.GetString(0), cancellationToken);
        if (await context.Target.ScalarAsync<bool>(Quarantined, cancellationToken, context.Original.Samples.Name))
            findings.Add("  migration_quarantine holds another number of samples than the books say");
        var written = new List<(DateTime Start, DateTime End)>();
        foreach (var (start, end, rows, columns) in await context.Target.QueryAsync(
            Chunks, r => (r.GetDateTime(0), r.GetDateTime(1), r.GetString(2), r.Text(3)), cancellationToken))
        {
            if (await IsWrittenAsync(rows, cancellationToken) || (columns is not null && await IsWrittenAsync(columns, cancellationToken)))
                written.Add((start, end));
        }

        if (findings.Count == 0 && written.Count > 0)
            findings.AddRange((await new SampleVerification(context).RunAsync(
                window => written.Exists(chunk => window.Start < chunk.End && window.End > chunk.Start), cancellationToken)).Findings);
        return findings;
    }

    // By transactions that were open when verify began, or began later. A policy that turns rows into columns writes them too.
    private Task<bool> IsWrittenAsync(string table, CancellationToken cancellationToken) => context.Target.ScalarAsync<bool>(
        $"SELECT EXISTS (SELECT FROM ONLY {table} WHERE age(xmin) <= (SELECT age(verified_from::xid) FROM migration_runs))", cancellationToken);
}
