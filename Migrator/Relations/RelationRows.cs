using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Relations;

/// <summary>The rows of users, instances or payments as hashes over every column, as the text that the target has for it.</summary>
/// <param name="source">The original.</param>
/// <param name="target">The target.</param>
/// <param name="table">The original's.</param>
/// <param name="columns">Those that both sides have.</param>
internal sealed class RelationRows(NpgsqlConnection source, NpgsqlConnection target, OriginalTable table, List<TargetColumn> columns)
{
    private const int BatchRows = 1000;

    private readonly int _id = columns.FindIndex(c => c.Name == "id");

    /// <summary>Whether a row can be told from the others.</summary>
    public bool HaveId => _id >= 0;

    /// <summary>Name of the table in the target.</summary>
    public string Name { get; } = table.TargetName;

    /// <summary>Over the target's row: the hash that <see cref="OriginalAsync"/> gives for it.</summary>
    public string TargetHash => Hash(columns.Select(c => $"{c.Quoted}::text"));

    /// <summary>By what tells a row (its id, or the whole of it as JSON): what it should be in the target; null when that cannot hold it.</summary>
    public async Task<List<(string Key, (string Id, string Hash)? Row)>> OriginalAsync(CancellationToken cancellationToken)
    {
        var rows = new List<(string, (string, string)?)>();
        var key = HaveId ? RelationCopy.Read(columns[_id]) : "row_to_json(s)::text";
        if (columns.All(SameText))
        {
            await foreach (var row in source.TextRowsAsync($"SELECT {key}, {Hash(columns.Select(RelationCopy.Read))} FROM {table.Quoted} s", cancellationToken))
                rows.Add((row[0] ?? "", (row[0] ?? "", row[1]!)));
            return rows;
        }

        var batch = new List<string?[]>();
        await foreach (var row in source.TextRowsAsync($"SELECT {string.Join(", ", columns.Select(RelationCopy.Read).Append(key))} FROM {table.Quoted} s", cancellationToken))
        {
            batch.Add(row);
            if (batch.Count < BatchRows)
                continue;
            await CastAsync(batch, rows, cancellationToken);
            batch.Clear();
        }

        await CastAsync(batch, rows, cancellationToken);
        return rows;
    }

    /// <summary>The quarantined rows' ids, or the whole rows as jsonb text.</summary>
    public IAsyncEnumerable<string?[]> QuarantinedAsync(CancellationToken cancellationToken) =>
        new Quarantine(target).RowsAsync(Name, HaveId ? columns[_id].Source.Name : null, cancellationToken);

    /// <summary>Types differ, so the target itself says what it makes of each value.</summary>
    private async Task CastAsync(List<string?[]> batch, List<(string, (string, string)?)> rows, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        var values = columns.Select((c, i) => $"u.c{i}::{c.Type}::text").ToList();
        var last = columns.Count;
        await using var command = new NpgsqlCommand(
            $"SELECT coalesce(u.c{last}, ''), coalesce({(HaveId ? values[_id] : "''")}, ''), {Hash(values)} "
            + $"FROM unnest({string.Join(", ", Enumerable.Range(1, last + 1).Select(i => $"${i}"))}) AS u({string.Join(", ", Enumerable.Range(0, last + 1).Select(i => $"c{i}"))})", target);
        for (var i = 0; i <= last; i++)
        {
            var column = i;
            command.Parameters.Add(new() { Value = batch.ConvertAll(row => row[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        }

        var cast = new List<(string, (string, string)?)>();
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                cast.Add((reader.GetString(0), (reader.GetString(1), reader.GetString(2))));
            rows.AddRange(cast);
            return;
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            if (batch.Count == 1)
            {
                rows.Add((batch[0][last] ?? "", null));
                return;
            }
        }

        // Halves, as the copy does: a row that cannot be cast is in quarantine.
        var half = batch.Count / 2;
        await CastAsync(batch[..half], rows, cancellationToken);
        await CastAsync(batch[half..], rows, cancellationToken);
    }

    /// <summary>Whether both types write a value alike.</summary>
    private static bool SameText(TargetColumn column)
    {
        var (here, there) = (column.Source.Type.Split('(')[0], column.Type.Split('(')[0]);
        return column.Source.TargetType == column.Type || there == "text" || (there == "bigint" && here is "integer" or "smallint")
            || (here.StartsWith("timestamp", StringComparison.Ordinal) && there.StartsWith("timestamp", StringComparison.Ordinal));
    }

    /// <summary>The hash of a row of text values: of the bytes in UTF-8, as a server in another encoding would hash its own.</summary>
    public static string Hash(IEnumerable<string> values) => $"md5(convert_to(ROW({string.Join(", ", values)})::text, 'UTF8'))";
}
