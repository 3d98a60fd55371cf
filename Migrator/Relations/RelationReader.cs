using System.Data;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// Reads users, instances or payments of the original. Where both sides write every value alike, the original itself tells what a row
/// will be in the target; otherwise the target is asked what it makes of the values.
/// </summary>
/// <param name="source">The original.</param>
/// <param name="target">The target.</param>
/// <param name="shape">The target's table.</param>
/// <param name="transaction">The one that the target's connection is in; null for none.</param>
internal sealed class RelationReader(
    NpgsqlConnection source, NpgsqlConnection target, RelationShape shape, NpgsqlTransaction? transaction = null)
{
    private const int FactColumns = 5;

    // Since 16 a server tells whether a text can be read as a type.
    private const int TellingServer = 16;
    private const string Json = "row_to_json(s.*)::text";

    private readonly string[] _reads = [.. shape.Columns.Select(RelationSql.Read)];
    private readonly bool _isAlike = shape.Columns.All(c => ColumnFits.Of(c) == ColumnFit.Same);

    /// <summary>In the order in which rows take precedence, where the original does not vouch that none contends with another.</summary>
    /// <param name="values">Also the texts of these columns.</param>
    /// <param name="only">Rows with one of these ids; null for all.</param>
    /// <param name="cancellationToken">Stops.</param>
    public IAsyncEnumerable<RelationRow> ReadAsync(
        IReadOnlyList<TargetColumn> values, IReadOnlyCollection<Guid>? only, CancellationToken cancellationToken) =>
        _isAlike ? AlikeAsync(values, only, cancellationToken) : AskingAsync(values, cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) =>
        source.ScalarAsync<long>($"SELECT count(*) FROM {shape.Table.Quoted}", cancellationToken);

    private string From(string columns, string condition) =>
        $"SELECT {columns} FROM {shape.Table.Quoted} s{condition}{(Contended ? $" ORDER BY {RelationSql.Order(shape)}" : "")}";

    private bool Contended => shape.UnsureKeys.Count > 0 || (shape.Id is { } id && !shape.IsUnique(id));

    private static string HashOf(string json) => $"left(encode(sha256(convert_to({json}, 'UTF8')), 'hex'), 32)::uuid";

    /// <summary>Rows as JSON in UTF-8, by <see cref="RelationRow.Whole"/>: a row takes as much memory so as its values do, and few are wanted.</summary>
    public async IAsyncEnumerable<(Guid Whole, byte[] Json)> JsonAsync(Guid[] rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT * FROM (SELECT {HashOf("json")} AS hash, json FROM (SELECT {Json} AS json FROM {shape.Table.Quoted} s OFFSET 0) j OFFSET 0) r
            WHERE hash IN (SELECT unnest($1))
            """, source) { Parameters = { new() { Value = rows } } };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return (reader.GetGuid(0), reader.Utf8(1)!);
    }

    private async IAsyncEnumerable<RelationRow> AlikeAsync(
        IReadOnlyList<TargetColumn> values, IReadOnlyCollection<Guid>? only, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isWhole = values.Count == _reads.Length;
        var columns = string.Join(", ", [RelationSql.Facts(shape, _reads), .. isWhole ? [HashOf(Json)] : Array.Empty<string>(), .. values.Select(RelationSql.Read)]);
        var condition = only is null || shape.Id is null ? "" : $" WHERE s.{shape.Id.Source.Quoted} = ANY($1)";
        await using var command = new NpgsqlCommand(From(columns, condition), source);
        if (condition.Length > 0)
            command.Parameters.Add(new() { Value = only!.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = Row(reader, 0);
            if (isWhole)
                row = row with { Whole = reader.GetGuid(FactColumns) };
            yield return values.Count == 0 ? row : row with { Values = [.. Enumerable.Range(reader.FieldCount - values.Count, values.Count).Select(i => reader.Utf8(i))] };
        }
    }

    private async IAsyncEnumerable<RelationRow> AskingAsync(IReadOnlyList<TargetColumn> values, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // 03/04/2026 is the day that the original takes it for.
        await target.ExecuteAsync($"SET datestyle = '{await source.ScalarAsync<string>("SHOW datestyle", cancellationToken)}'", cancellationToken);
        var places = values.Select(column => shape.Columns.ToList().IndexOf(column)).ToList();
        var batch = new RowBatch<byte[]?[]>();
        await using var command = new NpgsqlCommand(From($"{string.Join(", ", _reads)}, {HashOf(Json)}::text", ""), source);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = Enumerable.Range(0, reader.FieldCount).Select(i => reader.Utf8(i)).ToArray();
            batch.Add(row, row.Sum(v => v?.Length ?? 0));
            if (!batch.IsFull)
                continue;
            foreach (var asked in await AskAsync(batch.Take(), cancellationToken))
                yield return asked with { Values = places.ConvertAll(place => asked.Values[place]).ToArray() };
        }

        foreach (var asked in await AskAsync(batch.Take(), cancellationToken))
            yield return asked with { Values = places.ConvertAll(place => asked.Values[place]).ToArray() };
    }

    /// <summary>One value that cannot be cast fails the statement: so again without those that the server names, or by halves, down to the row.</summary>
    private async Task<List<RelationRow>> AskAsync(List<byte[]?[]> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return [];
        var last = _reads.Length;
        var casts = shape.Columns.Select((c, i) => $"u.c{i}::{c.Type}::text").ToList();
        await using var command = Over(batch, $"{RelationSql.Facts(shape, casts)}, {RelationSql.Loss(shape)}");
        if (transaction is not null)
            await transaction.SaveAsync("ask", cancellationToken);
        try
        {
            var rows = new List<RelationRow>(batch.Count);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var values = batch[rows.Count];
                rows.Add((reader.Text(FactColumns) ?? RepeatedKey(values)) is { } loss
                    ? Unreadable(values, loss)
                    : Row(reader, 0) with { Values = values[..last], Whole = Guid.Parse(values[last]) });
            }

            return rows;
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            if (transaction is not null)
                await transaction.RollbackAsync("ask", cancellationToken);
            if (batch.Count == 1)
                return [Unreadable(batch[0], await FaultAsync(batch[0], cancellationToken) ?? ErrorText.Reason(error))];
        }

        var faults = await FaultsAsync(batch, cancellationToken);
        if (faults.Exists(fault => fault is not null))
        {
            var rest = new Queue<RelationRow>(await AskAsync([.. batch.Where((_, n) => faults[n] is null)], cancellationToken));
            return [.. batch.Select((values, n) => faults[n] is { } fault ? Unreadable(values, fault) : rest.Dequeue())];
        }

        var half = batch.Count / 2;
        return [.. await AskAsync(batch[..half], cancellationToken), .. await AskAsync(batch[half..], cancellationToken)];
    }

    /// <summary>A SELECT over the texts of a batch, the columns of <c>u</c>, in its order.</summary>
    private NpgsqlCommand Over(List<byte[]?[]> batch, string columns)
    {
        var places = Enumerable.Range(0, _reads.Length).ToList();
        var command = new NpgsqlCommand(
            $"SELECT {columns} FROM unnest({string.Join(", ", places.Select(i => $"${i + 1}"))}) "
            + $"WITH ORDINALITY AS u({string.Join(", ", places.Select(i => $"c{i}"))}, n) ORDER BY n", target);
        foreach (var i in places)
            command.Parameters.Add(new() { Value = batch.ConvertAll(values => values[i]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return command;
    }

    /// <summary>Which column of each row the target cannot read, where its server can tell without failing; null for none. Empty where it cannot.</summary>
    private async Task<List<string?>> FaultsAsync(List<byte[]?[]> batch, CancellationToken cancellationToken)
    {
        var asked = shape.Columns.Select((c, i) => (Column: c, Place: i)).Where(c => ColumnFits.Of(c.Column) == ColumnFit.ByValue)
            .Select(c => $"WHEN NOT pg_input_is_valid(u.c{c.Place}, {OriginalTable.Literal(c.Column.Type)}) THEN {OriginalTable.Literal(Fault(c.Column))}").ToList();
        if (target.PostgreSqlVersion.Major < TellingServer || asked.Count == 0)
            return [];
        await using var command = Over(batch, $"CASE {string.Join(' ', asked)} END");
        if (transaction is not null)
            await transaction.SaveAsync("ask", cancellationToken);
        try
        {
            var faults = new List<string?>(batch.Count);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                faults.Add(reader.Text(0));
            return faults;
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            // Such as JSON that is too deep for the server.
            if (transaction is not null)
                await transaction.RollbackAsync("ask", cancellationToken);
            return [];
        }
    }

    private static string Fault(TargetColumn column) => $"{column.Name} cannot be read as {column.Type}";

    /// <summary>Which column of a row the target cannot read; null for none by itself.</summary>
    private async Task<string?> FaultAsync(byte[]?[] values, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _reads.Length; i++)
        {
            if (values[i] is not { } value || ColumnFits.Of(shape.Columns[i]) != ColumnFit.ByValue)
                continue;
            if (transaction is not null)
                await transaction.SaveAsync("ask", cancellationToken);
            try
            {
                await target.ScalarAsync<string>($"SELECT $1::text::{shape.Columns[i].Type}::text", cancellationToken, Encoding.UTF8.GetString(value));
            }
            catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
            {
                if (transaction is not null)
                    await transaction.RollbackAsync("ask", cancellationToken);
                return Fault(shape.Columns[i]);
            }
        }

        return null;
    }

    /// <summary>Which column has a key twice, of which jsonb keeps the last only; null for none.</summary>
    private string? RepeatedKey(byte[]?[] values)
    {
        for (var i = 0; i < _reads.Length; i++)
        {
            if (shape.Columns[i] is { Type: "jsonb", Source.Kind: not "jsonb" } column && values[i] is { } text && IsRepeating(text))
                return $"{column.Name} has a key twice";
        }

        return null;
    }

    private static bool IsRepeating(byte[] json)
    {
        try
        {
            JsonDocument.Parse(json, new() { AllowDuplicateProperties = false, MaxDepth = int.MaxValue }).Dispose();
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static RelationRow Unreadable(byte[]?[] values, string fault) => new()
    {
        Hash = new(Guid.Parse(values[^1]).ToByteArray(bigEndian: true)),
        Fault = fault,
        Values = values[..^1],
        Whole = Guid.Parse(values[^1]),
    };

    private static RelationRow Row(NpgsqlDataReader reader, int at) => new()
    {
        Id = reader.IsDBNull(at) ? null : reader.GetGuid(at),
        Hash = reader.GetGuid(at + 1),
        Parent = reader.IsDBNull(at + 2) ? null : reader.GetGuid(at + 2),
        Fault = reader.Text(at + 3),
        Keys = reader.GetFieldValue<Guid?[]>(at + 4),
    };
}
