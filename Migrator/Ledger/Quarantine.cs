using LaunchStack.Migrator.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Ledger;

/// <summary><c>migration_quarantine</c>: the rows of the original that could not be moved as they are, each with its reason.</summary>
internal sealed class Quarantine(NpgsqlConnection target)
{
    public Task ClearAsync(string table, CancellationToken cancellationToken) =>
        target.ExecuteAsync("DELETE FROM migration_quarantine WHERE source_table = $1", cancellationToken, table);

    public Task ClearAsync(string table, DateTime window, CancellationToken cancellationToken) =>
        target.ExecuteAsync("DELETE FROM migration_quarantine WHERE source_table = $1 AND window_start = $2", cancellationToken, table, window);

    public Task AddAsync(string table, string row, string reason, CancellationToken cancellationToken) => target.ExecuteAsync(
        "INSERT INTO migration_quarantine (source_table, \"row\", reason) VALUES ($1, $2::text::jsonb, $3)",
        cancellationToken, table, QuarantinedRow.ForJsonb(row), reason);

    /// <summary>Rows of one window; a reason for each.</summary>
    public Task AddAsync(string table, DateTime window, string?[] rows, IReadOnlyList<string> reasons, CancellationToken cancellationToken) =>
        target.ExecuteAsync(
            """
            INSERT INTO migration_quarantine (source_table, "row", reason, window_start)
            SELECT $1, r::jsonb, w, $4 FROM unnest($2::text[], $3::text[]) AS u(r, w)
            """, cancellationToken, table, Array.ConvertAll(rows, row => QuarantinedRow.ForJsonb(row!)), reasons.ToArray(),
            new NpgsqlParameter { Value = window, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    /// <summary>Number of rows by reason.</summary>
    public async Task<Dictionary<string, long>> ReasonsAsync(string table, CancellationToken cancellationToken) =>
        (await target.ListAsync(
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
        [.. await target.ListAsync(
            """
            SELECT DISTINCT q.window_start FROM migration_quarantine q JOIN instances i
              ON replace(i.id::text, '-', '') = lower(translate(q."row" ->> $2, '{}-', ''))
            WHERE q.source_table = $1 AND q.reason LIKE 'orphan%' AND q.window_start IS NOT NULL
            """, r => r.GetDateTime(0), cancellationToken, table, instanceColumn)];
}
