using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Source;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Rollback;

/// <summary>Users and instances that came after the cutover, written to the original with the columns that both sides have.</summary>
internal static class NewRows
{
    /// <summary>How many the original lacked.</summary>
    public static async Task<long> WriteAsync(
        NpgsqlConnection target, NpgsqlDataSource source, OriginalDatabase original, string name, CancellationToken cancellationToken)
    {
        if (original.Relations.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } table || table.Find("id") is not { } id)
            return 0;
        var columns = await CommonAsync(target, name, table, cancellationToken);
        var known = await KnownAsync(source, table, id, cancellationToken);
        var rows = new List<string?[]>();
        await using (var command = new NpgsqlCommand($"SELECT id::text, {string.Join(", ", columns.Select(c => c.Read))} FROM {name} t", target))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!known.Contains(reader.GetString(0)))
                    rows.Add([.. Enumerable.Range(1, columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
            }
        }
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var row in rows)
            await InsertAsync(connection, table, columns, row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows.Count;
    }

    /// <summary>Only what is known: the rest gets the original's defaults, which may be asked for (NOT NULL).</summary>
    private static async Task InsertAsync(
        NpgsqlConnection connection, OriginalTable table, List<(OriginalColumn Column, string Read)> columns, string?[] row, CancellationToken cancellationToken)
    {
        var known = columns.Zip(row).Where(pair => pair.Second is not null).ToList();
        await using var insert = new NpgsqlCommand(
            $"INSERT INTO {table.Quoted} ({string.Join(", ", known.Select(pair => pair.First.Column.Quoted))}) "
            + $"VALUES ({string.Join(", ", known.Select((pair, i) => $"${i + 1}::text::{pair.First.Column.Type}"))})", connection);
        foreach (var (_, value) in known)
            insert.Parameters.Add(new() { Value = value!, NpgsqlDbType = NpgsqlDbType.Text });
        try
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            throw new RefusedException(
                $"The original refuses a row of {table.Name} that came after the cutover ({row[columns.FindIndex(c => c.Column.Name == "id")]}): {error.MessageText}. "
                + "Fill in what it lacks in the target, then run rollback --reverse-sync again. No sample was written.", error);
        }
    }

    private static async Task<HashSet<string>> KnownAsync(NpgsqlDataSource source, OriginalTable table, OriginalColumn id, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        await using var command = source.CreateCommand($"SELECT {id.Quoted}::text FROM {table.Quoted} WHERE {id.Quoted} IS NOT NULL");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            known.Add(reader.GetString(0));
        return known;
    }

    private static async Task<List<(OriginalColumn Column, string Read)>> CommonAsync(
        NpgsqlConnection target, string name, OriginalTable table, CancellationToken cancellationToken)
    {
        var columns = new List<(OriginalColumn, string)>();
        foreach (var (there, type) in await RelationCopy.TargetColumnsAsync(target, name, cancellationToken))
        {
            if (table.Find(there) is not { } column)
                continue;
            // Times without zone are UTC in the original.
            var utc = type.EndsWith("with time zone", StringComparison.Ordinal) && column.Type.EndsWith("without time zone", StringComparison.Ordinal);
            var quoted = $"t.{OriginalTable.Quote(there)}";
            columns.Add((column, utc ? $"({quoted} AT TIME ZONE 'UTC')::text" : $"{quoted}::text"));
        }
        return columns;
    }
}
