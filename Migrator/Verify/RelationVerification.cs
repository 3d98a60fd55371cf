using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>Compares users, instances and payments row by row: every column of the original, as text.</summary>
internal sealed class RelationVerification(NpgsqlConnection source, NpgsqlConnection target)
{
    public async Task<IReadOnlyList<string>> CompareAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var name = table.Name.ToLowerInvariant();
        var columns = await new Copy.RelationCopy(source, target).MapAsync(name, table, cancellationToken);
        if (!columns.Any(c => c.Column == "\"id\""))
            return [];
        var there = await RowsAsync(target, $"SELECT id::text, md5(concat_ws('|', {string.Join(", ", columns.Select(c => $"coalesce({c.Column}::text, '~')"))})) FROM {name}", cancellationToken);
        var idColumn = columns.First(c => c.Column == "\"id\"").Read;
        var here = await RowsAsync(
            source, $"SELECT coalesce({idColumn}, ''), md5(concat_ws('|', {string.Join(", ", columns.Select(c => $"coalesce({c.Read}, '~')"))})) FROM {table.Quoted} s", cancellationToken);
        var quarantined = (await RowsAsync(
            target, $"SELECT coalesce(\"row\" ->> '{table.Find("id")!.Name.Replace("'", "''", StringComparison.Ordinal)}', ''), '' FROM migration_quarantine WHERE source_table = '{name}'", cancellationToken))
            .Select(r => r.Id).ToHashSet();

        var found = there.DistinctBy(r => r.Id).ToDictionary(r => r.Id, r => r.Hash);
        var findings = new List<string>();
        foreach (var (id, hash) in here)
        {
            if (!found.TryGetValue(id, out var other))
            {
                if (!quarantined.Contains(id))
                    findings.Add($"{name}: {id} is missing");
            }
            else if (other != hash && !quarantined.Contains(id))
            {
                findings.Add($"{name}: {id} differs from the original");
            }
        }

        return findings;
    }

    private static async Task<List<(string Id, string Hash)>> RowsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var rows = new List<(string, string)>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((reader.GetString(0), reader.GetString(1)));
        return rows;
    }
}
