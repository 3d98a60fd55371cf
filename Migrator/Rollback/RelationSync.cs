using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Users, instances and payments that came or changed after the cutover, written to the original with the columns that both sides
/// have. At the cutover both sides were the same, so whatever differs has changed since. What was deleted in the target stays.
/// </summary>
internal sealed class RelationSync(NpgsqlConnection target, NpgsqlConnection source)
{
    /// <summary>Writes one table's rows, in the caller's transaction.</summary>
    /// <exception cref="RefusedException">The original does not take a row; the message says which and why.</exception>
    public async Task<RelationCounts> WriteAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var columns = await CommonAsync(table, cancellationToken);
        if (!columns.Any(c => c.IsId))
            return new(table.Name, 0, 0);
        long added = 0, changed = 0;
        foreach (var (row, isNew) in await DifferentAsync(table, columns, cancellationToken))
        {
            await WriteAsync(table, columns, row, isNew, cancellationToken);
            if (isNew)
                added++;
            else
                changed++;
        }

        return new(table.Name, added, changed);
    }

    /// <summary>A line for each row that the original lacks or holds otherwise.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var columns = await CommonAsync(table, cancellationToken);
        var id = columns.FindIndex(c => c.IsId);
        return id < 0 ? [] : [.. (await DifferentAsync(table, columns, cancellationToken))
            .Select(d => $"{table.Name}: {d.Row[id]} {(d.IsNew ? "is missing in the original" : "differs in the original")}")];
    }

    /// <summary>The rows of the target that the original lacks or holds otherwise, as text by column.</summary>
    private async Task<List<(string?[] Row, bool IsNew)>> DifferentAsync(OriginalTable table, List<Common> columns, CancellationToken cancellationToken)
    {
        var id = columns.FindIndex(c => c.IsId);
        var there = new Dictionary<string, string>(StringComparer.Ordinal);
        var key = columns[id].Column;
        await foreach (var row in source.TextRowsAsync($"SELECT {key.Quoted}::text, {RelationSql.Hash(columns.Select(c => $"{c.Column.Quoted}::text"))} FROM {table.Quoted} WHERE {key.Quoted} IS NOT NULL", cancellationToken))
            there[row[0]!] = row[1]!;

        // Of two rows with one id the original holds both, the target one.
        await foreach (var row in new Quarantine(target).RowsAsync(table.TargetName, key.Name, cancellationToken))
        {
            if (row[0] is { } twice)
                there[twice] = "";
        }

        var different = new List<(string?[], bool)>();
        var values = string.Join(", ", columns.Select(c => c.Read));
        await foreach (var row in target.TextRowsAsync($"SELECT {RelationSql.Hash(columns.Select(c => c.Read))}, {values} FROM {table.TargetName} t", cancellationToken))
        {
            var known = there.GetValueOrDefault(row[id + 1]!);
            if (known is null || (known.Length > 0 && known != row[0] && await DiffersAsync(table, columns, row[1..], cancellationToken)))
                different.Add((row[1..], known is null));
        }

        return different;
    }

    /// <summary>Value by value: what the original fills in by itself, and the target does not know, is no difference.</summary>
    private async Task<bool> DiffersAsync(OriginalTable table, List<Common> columns, string?[] row, CancellationToken cancellationToken)
    {
        var id = columns.FindIndex(c => c.IsId);
        await using var command = new NpgsqlCommand(
            $"SELECT {string.Join(", ", columns.Select(c => $"{c.Column.Quoted}::text"))} FROM {table.Quoted} WHERE {columns[id].Column.Quoted}::text = $1", source);
        command.Parameters.Add(new() { Value = row[id]! });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return !await reader.ReadAsync(cancellationToken)
            || columns.Select((c, i) => (row[i] is not null || !c.IsFilled) && row[i] != (reader.IsDBNull(i) ? null : reader.GetString(i))).Any(d => d);
    }

    /// <summary>A new row gets the original's defaults, which may be asked for (NOT NULL), where nothing is known.</summary>
    private async Task WriteAsync(OriginalTable table, List<Common> columns, string?[] row, bool isNew, CancellationToken cancellationToken)
    {
        var written = columns.Zip(row).Where(pair => isNew ? pair.Second is not null : !pair.First.IsId && (pair.Second is not null || !pair.First.IsFilled)).ToList();
        var names = string.Join(", ", written.Select(pair => pair.First.Column.Quoted));
        var values = string.Join(", ", written.Select((pair, i) => $"${i + 1}::text::{pair.First.Column.Type}"));
        var id = columns.FindIndex(c => c.IsId);
        await using var command = new NpgsqlCommand(
            isNew
                ? $"INSERT INTO {table.Quoted} ({names}) VALUES ({values})"
                : $"UPDATE {table.Quoted} SET ({names}) = ROW({values}) WHERE {columns[id].Column.Quoted}::text = ${written.Count + 1}", source);
        foreach (var value in isNew ? written.Select(pair => pair.Second) : written.Select(pair => pair.Second).Append(row[id]))
            command.Parameters.Add(new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState[..2] is "22" or "23")
        {
            throw new RefusedException(
                $"The original refuses a row of {table.Name} that came or changed after the cutover ({row[id]}): {error.MessageText}. "
                + "Correct it in the target, then run rollback --reverse-sync again. Nothing was written.", error);
        }
    }

    private async Task<List<Common>> CommonAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var filled = new HashSet<string>();
        await foreach (var row in source.TextRowsAsync($"SELECT attname::text FROM pg_attribute WHERE attrelid = '{table.Quoted.Replace("'", "''", StringComparison.Ordinal)}'::regclass AND (attnotnull OR atthasdef)", cancellationToken))
            filled.Add(row[0]!);
        var columns = new List<Common>();
        foreach (var (there, type) in await TargetColumn.TypesAsync(target, $"public.{table.TargetName}", cancellationToken))
        {
            if (table.Find(there) is not { } column)
                continue;
            // Times without zone are UTC in the original.
            var utc = type.EndsWith("with time zone", StringComparison.Ordinal) && column.Type.EndsWith("without time zone", StringComparison.Ordinal);
            var quoted = $"t.{OriginalTable.Quote(there)}";
            columns.Add(new(column, utc ? $"({quoted} AT TIME ZONE 'UTC')::text" : $"{quoted}::text", there == "id", filled.Contains(column.Name)));
        }

        return columns;
    }

    /// <summary>A column that both sides have, how it is read in the target, and whether the original fills it in by itself.</summary>
    private sealed record Common(OriginalColumn Column, string Read, bool IsId, bool IsFilled);
}
