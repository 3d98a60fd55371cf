using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// Moves users, instances and payments: every column, one that the target lacks is added. Values travel as text, which every
/// type has and which comes back as it was; a row that the target refuses goes to quarantine with the server's words.
/// </summary>
internal sealed class RelationCopy(NpgsqlConnection source, NpgsqlConnection target)
{
    private const int BatchRows = 1000;

    private readonly Quarantine _quarantine = new(target);

    /// <param name="table">What to move.</param>
    /// <param name="again">Moves a table once more that was moved before: new rows come in, changed ones are changed.</param>
    /// <param name="cancellationToken">Stops; the table stays as it was.</param>
    public async Task<TableCounts> RunAsync(OriginalTable table, bool again, CancellationToken cancellationToken)
    {
        var name = table.TargetName;
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        var columns = await TargetColumn.FindAsync(target, name, table.Columns, anyCase: true, cancellationToken);
        await TargetColumn.AddAsync(target, name, columns, cancellationToken);
        var insert = Insert(name, columns);
        if (again)
            await _quarantine.ClearAsync(name, cancellationToken);
        // Without an id nothing tells a row that is there already.
        if (again && !columns.Any(c => c.Name == "id"))
            await target.ExecuteAsync($"DELETE FROM {name}", cancellationToken);
        long rows = 0, quarantined = 0;
        var id = columns.FindIndex(c => c.Name == "id");
        var ids = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var select = $"SELECT {string.Join(", ", columns.Select(Read).Append("row_to_json(s)::text"))} FROM {table.Quoted} s";
        var batch = new List<string?[]>();
        await foreach (var row in source.TextRowsAsync(select, cancellationToken))
        {
                rows++;
                // The first of an id counts: a second one would change it, and be lost.
                if (id >= 0 && row[id] is { } key && !ids.Add(key))
                {
                    await _quarantine.AddAsync(name, row[columns.Count]!, "duplicate: another row of this id came first", cancellationToken);
                    quarantined++;
                    continue;
                }

                batch.Add(row);
                if (batch.Count == BatchRows)
                {
                    quarantined += await WriteAsync(name, insert, batch, columns.Count, transaction, cancellationToken);
                    batch.Clear();
                }
        }

        if (batch.Count > 0)
            quarantined += await WriteAsync(name, insert, batch, columns.Count, transaction, cancellationToken);

        var counts = new TableCounts(name, rows, rows - quarantined, quarantined);
        await new MigrationLedger(target).RecordTableAsync(counts, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return counts;
    }

    /// <summary>The text of a column of the original's row <c>s</c>. Times without zone are UTC there.</summary>
    public static string Read(TargetColumn column) =>
        column.Source.Type.StartsWith("timestamp", StringComparison.Ordinal) && column.Source.Type.EndsWith("without time zone", StringComparison.Ordinal)
            && column.Type.EndsWith("with time zone", StringComparison.Ordinal)
            ? $"(s.{column.Source.Quoted} AT TIME ZONE 'UTC')::text"
            : $"s.{column.Source.Quoted}::text";

    private static string Insert(string name, List<TargetColumn> columns)
    {
        var list = string.Join(", ", columns.Select(c => c.Quoted));
        var values = string.Join(", ", columns.Select((c, i) => $"u.c{i}::{c.Type}"));
        var arrays = string.Join(", ", columns.Select((_, i) => $"${i + 1}::text[]"));
        var names = string.Join(", ", columns.Select((_, i) => $"c{i}"));
        var sql = $"INSERT INTO {name} ({list}) SELECT {values} FROM unnest({arrays}) AS u({names})";

        // An instance may have registered itself already: what the original knows of it counts.
        var others = columns.Where(c => c.Name != "id").Select(c => $"{c.Quoted} = excluded.{c.Quoted}").ToList();
        return columns.Any(c => c.Name == "id") && others.Count > 0 ? $"{sql} ON CONFLICT (id) DO UPDATE SET {string.Join(", ", others)}" : sql;
    }

    private async Task<long> WriteAsync(
        string name, string insert, List<string?[]> rows, int columns, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("batch", cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(insert, target);
            for (var i = 0; i < columns; i++)
                command.Parameters.Add(new() { Value = rows.Select(row => row[i]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            await command.ExecuteNonQueryAsync(cancellationToken);
            await transaction.ReleaseAsync("batch", cancellationToken);
            return 0;
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            await transaction.RollbackAsync("batch", cancellationToken);
            if (rows.Count == 1)
            {
                await _quarantine.AddAsync(name, rows[0][columns]!, $"{error.SqlState}: {error.MessageText}", cancellationToken);
                return 1;
            }
        }

        // Halves, so that one bad row among many costs few statements.
        var half = rows.Count / 2;
        return await WriteAsync(name, insert, rows[..half], columns, transaction, cancellationToken)
            + await WriteAsync(name, insert, rows[half..], columns, transaction, cancellationToken);
    }
}
