using LaunchStack.Migrator.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// Writes rows of one relation within the caller's transaction. Values travel as text, which every type has and which comes back as
/// it was; a row that the server refuses is told with its words.
/// </summary>
internal sealed class RelationWriter(NpgsqlConnection target, NpgsqlTransaction transaction, RelationShape shape)
{
    private readonly RowBatch<RelationRow> _rows = new();
    private readonly List<RefusedRow> _refused = [];
    private readonly string _insert = Insert(shape);

    public async Task WriteAsync(RelationRow row, CancellationToken cancellationToken)
    {
        _rows.Add(row, row.Values.Sum(v => (long)(v?.Length ?? 0)));
        if (_rows.IsFull)
            await WriteAsync(_rows.Take(), cancellationToken);
    }

    /// <summary>The rows that the server refused.</summary>
    public async Task<IReadOnlyList<RefusedRow>> FinishAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(_rows.Take(), cancellationToken);
        return _refused;
    }

    private async Task WriteAsync(List<RelationRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        await transaction.SaveAsync("batch", cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(_insert, target);
            for (var i = 0; i < shape.Columns.Count; i++)
            {
                var column = i;
                command.Parameters.Add(new()
                {
                    Value = rows.ConvertAll(row => row.Values[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                });
            }

            await command.ExecuteNonQueryAsync(cancellationToken);
            await transaction.ReleaseAsync("batch", cancellationToken);
            return;
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            await transaction.RollbackAsync("batch", cancellationToken);
            if (rows.Count == 1)
            {
                _refused.Add(new(rows[0], ErrorText.Reason(error)));
                return;
            }
        }

        // Halves, so that one bad row among many costs few statements.
        var half = rows.Count / 2;
        await WriteAsync(rows[..half], cancellationToken);
        await WriteAsync(rows[half..], cancellationToken);
    }

    private static string Insert(RelationShape shape)
    {
        var columns = shape.Columns;
        var list = string.Join(", ", columns.Select(c => c.Quoted));
        var values = string.Join(", ", columns.Select((c, i) => $"u.c{i}::{c.Type}"));
        var arrays = string.Join(", ", columns.Select((_, i) => $"${i + 1}::text[]"));
        var names = string.Join(", ", columns.Select((_, i) => $"c{i}"));
        var sql = $"INSERT INTO {shape.Name} ({list}) SELECT {values} FROM unnest({arrays}) AS u({names})";

        // An instance may have registered itself already: what the original knows of it counts.
        var others = columns.Where(c => c.Name != "id").Select(c => $"{c.Quoted} = excluded.{c.Quoted}").ToList();
        return shape.Id is not null && others.Count > 0 ? $"{sql} ON CONFLICT (id) DO UPDATE SET {string.Join(", ", others)}" : sql;
    }
}
