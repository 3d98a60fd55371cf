using LaunchStack.Migrator.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Ledger;

/// <summary><c>migration_quarantine</c>: the rows of the original that could not be moved as they are, each with its reason.</summary>
internal sealed class Quarantine(NpgsqlConnection target)
{
    /// <summary>The reason of what --quarantine-deleted leaves behind.</summary>
    public const string SoftDeleted = "soft-deleted";

    public Task ClearAsync(string table, CancellationToken cancellationToken) =>
        target.ExecuteAsync("DELETE FROM migration_quarantine WHERE source_table = $1", cancellationToken, table);

    public Task ClearAsync(string table, DateTime window, CancellationToken cancellationToken) =>
        target.ExecuteAsync("DELETE FROM migration_quarantine WHERE source_table = $1 AND window_start = $2", cancellationToken, table, window);

    /// <summary>Rows of a relation.</summary>
    public async Task AddAsync(
        string table, IReadOnlyList<(byte[] Row, Guid Hash, string Reason)> rows, CancellationToken cancellationToken)
    {
        if (rows.Count > 0)
            await target.ExecuteAsync(
                """
                INSERT INTO migration_quarantine (source_table, "row", row_hash, reason)
                SELECT $1, r::jsonb, h, w FROM unnest($2::text[], $3::uuid[], $4::text[]) AS u(r, h, w)
                """, cancellationToken, table, ForJsonb(rows.Select(r => r.Row)), rows.Select(r => r.Hash).ToArray(),
                rows.Select(r => r.Reason).ToArray());
    }

    /// <summary>How many rows for which reason, in a sentence.</summary>
    public static string Describe(IReadOnlyDictionary<string, long> reasons) => string.Join("; ", reasons.Select(r => $"{r.Value} {r.Key}"));

    /// <summary>The rows of a relation by what they hold; what a hand has added without that is like none.</summary>
    public Task<List<(Guid Hash, string Reason)>> HashesAsync(string table, CancellationToken cancellationToken) => target.QueryAsync(
        $"SELECT coalesce(row_hash, '{Guid.Empty}'), reason FROM migration_quarantine WHERE source_table = $1",
        r => (r.GetGuid(0), string.Intern(r.GetString(1))), cancellationToken, table); // Many rows share few reasons.

    /// <summary>Rows of one window.</summary>
    public Task AddAsync(string table, DateTime window, IReadOnlyList<(byte[] Row, string Reason)> rows, CancellationToken cancellationToken) =>
        rows.Count == 0 ? Task.CompletedTask : target.ExecuteAsync(
            """
            INSERT INTO migration_quarantine (source_table, "row", reason, window_start)
            SELECT $1, r::jsonb, w, $4 FROM unnest($2::text[], $3::text[]) AS u(r, w)
            """, cancellationToken, table, ForJsonb(rows.Select(r => r.Row)), rows.Select(r => r.Reason).ToArray(),
            new NpgsqlParameter { Value = window, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    /// <summary>Which of these rows stand here: of several that are the same as many as do, the last ones.</summary>
    /// <param name="table">The original's samples.</param>
    /// <param name="first">Time of the first.</param>
    /// <param name="last">Time of the last.</param>
    /// <param name="rows">Whole rows.</param>
    /// <param name="without">Columns that may differ.</param>
    /// <param name="cancellationToken">Stops.</param>
    // Grouped, not joined: nobody has counted yet what stands here, and a loop of rows in rows would take for ever.
    public Task<List<int>> HeldAsync(
        string table, DateTime first, DateTime last, IReadOnlyList<byte[]> rows, string[] without, CancellationToken cancellationToken) => target.QueryAsync(
        """
        SELECT unnest((array_agg(n ORDER BY n DESC) FILTER (WHERE n > 0))[:(count(*) FILTER (WHERE n = 0))::int])::int - 1
        FROM (SELECT "row" - $4 AS "row", 0 AS n FROM migration_quarantine
              WHERE source_table = $1 AND window_start IN (SELECT window_start FROM migration_windows WHERE window_start <= $3 AND window_end > $2)
              UNION ALL SELECT r::jsonb - $4, n FROM unnest($5::text[]) WITH ORDINALITY u (r, n)) alike
        GROUP BY "row"
        """, r => r.GetInt32(0), cancellationToken, table, first, last, without, ForJsonb(rows));

    private static NpgsqlParameter ForJsonb(IEnumerable<byte[]> rows) => SqlExtensions.ArrayOf(rows.Select(QuarantinedRow.ForJsonb), NpgsqlDbType.Text);

    /// <summary>Number of rows by reason.</summary>
    public async Task<Dictionary<string, long>> ReasonsAsync(string table, CancellationToken cancellationToken) =>
        (await target.QueryAsync(
            "SELECT reason, count(*) FROM migration_quarantine WHERE source_table = $1 GROUP BY reason ORDER BY reason",
            r => (r.GetString(0), r.GetInt64(1)), cancellationToken, table))
        .ToDictionary(r => r.Item1, r => r.Item2);

    /// <summary>One column of the rows as text, or, without a column, the whole rows.</summary>
    public IAsyncEnumerable<string?[]> RowsAsync(string table, string? column, CancellationToken cancellationToken) => column is null
        ? target.TextRowsAsync("SELECT \"row\"::text FROM migration_quarantine WHERE source_table = $1", cancellationToken, table)
        : target.TextRowsAsync("SELECT \"row\" ->> $2 FROM migration_quarantine WHERE source_table = $1", cancellationToken, table, column);

    /// <summary>Starts of the windows with samples that were orphans and are none any more.</summary>
    /// <param name="table">The original's samples.</param>
    /// <param name="instanceColumn">Its column with the instance.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<HashSet<DateTime>> AdoptedAsync(string table, string instanceColumn, CancellationToken cancellationToken) =>
        [.. await target.QueryAsync(
            """
            SELECT DISTINCT q.window_start FROM migration_quarantine q JOIN instances i
              ON replace(i.id::text, '-', '') = lower(translate(q."row" ->> $2, '{}- ', ''))
            WHERE q.source_table = $1 AND q.reason LIKE 'orphan%' AND q.window_start IS NOT NULL
            """, r => r.GetDateTime(0), cancellationToken, table, instanceColumn)];
}
