using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Source;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Verify;

/// <summary>Compares users, instances and payments row by row: every column of the original, as the text that the target has for it.</summary>
internal sealed class RelationVerification(NpgsqlConnection source, NpgsqlConnection target)
{
    private const int BatchRows = 1000;

    public async Task<IReadOnlyList<string>> CompareAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var name = table.Name.ToLowerInvariant();
        var all = await TargetColumn.FindAsync(target, name, table.Columns, anyCase: true, cancellationToken);
        var findings = all.Where(c => !c.IsThere).Select(c => $"{name}: the target lacks column {c.Quoted}; run catch-up").ToList();
        var columns = all.Where(c => c.IsThere).ToList();
        var id = columns.FindIndex(c => c.Name == "id");
        if (id < 0)
            return findings;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(target, $"SELECT id::text, {Hash(columns.Select(c => $"{c.Quoted}::text"))} FROM {name}", cancellationToken))
            found[row[0]!] = row[1]!;
        var quarantined = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(
            target, $"SELECT \"row\" ->> '{columns[id].Source.Name.Replace("'", "''", StringComparison.Ordinal)}' FROM migration_quarantine WHERE source_table = '{name}'", cancellationToken))
            quarantined.Add(row[0] ?? "");

        foreach (var (key, hash) in await HereAsync(table, columns, id, cancellationToken))
        {
            if (quarantined.Contains(key))
                continue;
            if (hash is null || !found.TryGetValue(hash.Value.Id, out var other))
                findings.Add($"{name}: {key} is missing");
            else if (other != hash.Value.Hash)
                findings.Add($"{name}: {key} differs from the original");
        }

        return findings;
    }

    /// <summary>By the original's id: what the row should be in the target; null when that cannot hold it.</summary>
    private async Task<List<(string Key, (string Id, string Hash)? Row)>> HereAsync(
        OriginalTable table, List<TargetColumn> columns, int id, CancellationToken cancellationToken)
    {
        var rows = new List<(string, (string, string)?)>();
        if (columns.All(SameText))
        {
            var key = RelationCopy.Read(columns[id]);
            await foreach (var row in RowsAsync(source, $"SELECT {key}, {Hash(columns.Select(RelationCopy.Read))} FROM {table.Quoted} s", cancellationToken))
                rows.Add((row[0] ?? "", (row[0] ?? "", row[1]!)));
            return rows;
        }

        var batch = new List<string?[]>();
        await foreach (var row in RowsAsync(source, $"SELECT {string.Join(", ", columns.Select(RelationCopy.Read))} FROM {table.Quoted} s", cancellationToken))
        {
            batch.Add(row);
            if (batch.Count < BatchRows)
                continue;
            await CastAsync(batch, columns, id, rows, cancellationToken);
            batch.Clear();
        }

        await CastAsync(batch, columns, id, rows, cancellationToken);
        return rows;
    }

    /// <summary>Types differ, so the target itself says what it makes of each value.</summary>
    private async Task CastAsync(
        List<string?[]> batch, List<TargetColumn> columns, int id, List<(string, (string, string)?)> rows, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        var values = columns.Select((c, i) => $"u.c{i}::{c.Type}::text").ToList();
        await using var command = new NpgsqlCommand(
            $"SELECT coalesce(u.c{id}, ''), coalesce({values[id]}, ''), {Hash(values)} FROM unnest({string.Join(", ", columns.Select((_, i) => $"${i + 1}"))}) AS u({string.Join(", ", columns.Select((_, i) => $"c{i}"))})", target);
        for (var i = 0; i < columns.Count; i++)
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
                rows.Add((batch[0][id] ?? "", null));
                return;
            }
        }

        // Halves, as the copy does: a row that cannot be cast is in quarantine.
        var half = batch.Count / 2;
        await CastAsync(batch[..half], columns, id, rows, cancellationToken);
        await CastAsync(batch[half..], columns, id, rows, cancellationToken);
    }

    /// <summary>Whether both types write a value alike.</summary>
    private static bool SameText(TargetColumn column)
    {
        var (here, there) = (column.Source.Type.Split('(')[0], column.Type.Split('(')[0]);
        return column.Source.TargetType == column.Type || there == "text" || (there == "bigint" && here is "integer" or "smallint")
            || (here.StartsWith("timestamp", StringComparison.Ordinal) && there.StartsWith("timestamp", StringComparison.Ordinal));
    }

    // Of the bytes in UTF-8: a server in another encoding would hash its own.
    private static string Hash(IEnumerable<string> values) => $"md5(convert_to(ROW({string.Join(", ", values)})::text, 'UTF8'))";

    private static async IAsyncEnumerable<string?[]> RowsAsync(
        NpgsqlConnection connection, string sql, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
            yield return row;
        }
    }
}
