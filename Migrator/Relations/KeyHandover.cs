using System.Globalization;
using System.Text.RegularExpressions;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Relations;

/// <summary>Unique values that go from one row to another, as in a swap: who still has one gives it up first.</summary>
/// <param name="connection">The database that is written to.</param>
/// <param name="table">Its table, quoted.</param>
/// <param name="id">The uuid of its row <c>s</c>.</param>
internal sealed class KeyHandover(NpgsqlConnection connection, string table, string id)
{
    /// <summary>A column of the table.</summary>
    /// <param name="Name">Its name there.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="TakesNull">Whether it may be NULL for a moment.</param>
    /// <param name="Cast">A text as its value.</param>
    internal sealed record Column(string Name, string Type, bool TakesNull, Func<string, string> Cast)
    {
        /// <summary>Its type, without a modifier.</summary>
        public string Kind => OriginalColumn.KindOf(Type);

        /// <summary>Characters that a text may have; null for any number.</summary>
        public int? Length => Regex.Match(Type, @"\((\d+)\)") is { Success: true } modifier
            ? Math.Min(32, int.Parse(modifier.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : null;
    }

    /// <summary>Only a row whose value another one is about to get gives it up; all others keep theirs.</summary>
    /// <param name="key">The index.</param>
    /// <param name="columns">Every column that it looks at.</param>
    /// <param name="isLeaving">Whether a row will change or go.</param>
    /// <param name="given">What rows will have: their id, then a text for each of the columns.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task FreeAsync(
        RelationKey key, IReadOnlyList<Column> columns, Func<Guid, bool> isLeaving, IReadOnlyList<string?[]> given, CancellationToken cancellationToken)
    {
        if (given.Count == 0 || Substitute(key, columns) is not { } substitute)
            return;
        var keys = string.Join(", ", key.Expressions.Select((e, n) => $"({e}) AS ls_k{n}"));
        var where = key.Condition is null ? "" : $" WHERE {key.Condition}";
        var values = columns.Select((c, n) => $", {c.Cast($"u.c{n}")} AS {OriginalTable.Quote(c.Name)}");
        var equal = key.Expressions.Select((_, n) => $" AND held.ls_k{n} {(key.NullsDiffer ? "=" : "IS NOT DISTINCT FROM")} given.ls_k{n}");
        var holders = await connection.QueryAsync(
            $"""
            WITH given AS (SELECT ls_id, {keys} FROM (
              SELECT u.id::uuid AS ls_id{string.Concat(values)}
              FROM unnest({string.Join(", ", Enumerable.Range(1, columns.Count + 1).Select(n => $"${n}"))}) AS u(id{string.Concat(columns.Select((_, n) => $", c{n}"))})) g{where}),
            held AS (SELECT ls_id, {keys} FROM (SELECT {id} AS ls_id, s.* FROM {table} s) h{where})
            SELECT DISTINCT held.ls_id FROM held JOIN given ON held.ls_id <> given.ls_id{string.Concat(equal)}
            """, row => row.GetGuid(0), cancellationToken,
            [.. Enumerable.Range(0, columns.Count + 1).Select(i => SqlExtensions.ArrayOf(given.Select(row => row[i]), NpgsqlDbType.Text))]);
        if (holders.FindAll(holder => isLeaving(holder)) is { Count: > 0 } leaving)
            await connection.ExecuteAsync($"UPDATE {table} s SET {substitute} WHERE {id} = ANY($1)", cancellationToken, leaving.ToArray());
    }

    /// <summary>
    /// NULL in a column that is itself part of the key, where NULLs are like no other; else something of the row's id, which no other row has.
    /// In an expression NULL may be a value like any other (<c>coalesce</c>), so that comes last. Null where nothing can be.
    /// </summary>
    private string? Substitute(RelationKey key, IReadOnlyList<Column> columns)
    {
        var own = columns.Where(c => c.Name != "id" && key.Expressions.Any(e => Names(e, c))).ToList();
        var plain = own.Where(c => key.Expressions.Any(e => IsWhole(e, c))).ToList();
        if (key.NullsDiffer && plain.Find(c => c.TakesNull) is { } empty)
            return $"{OriginalTable.Quote(empty.Name)} = NULL";
        if (plain.Concat(own).OrderBy(c => c.Kind == "uuid").Select(OfId).OfType<string>().FirstOrDefault() is { } filled)
            return filled;
        return key.NullsDiffer && own.Find(c => c.TakesNull) is { } last ? $"{OriginalTable.Quote(last.Name)} = NULL" : null;
    }

    private string? OfId(Column column) => column.Kind switch
    {
        "text" => $"left(md5(({id})::text), {column.Length ?? 32})",
        "uuid" => id,
        "integer" => $"hashtext(({id})::text)",
        "bigint" or "numeric" or "double precision" => $"hashtextextended(({id})::text, 0)",
        _ => null,
    } is { } value ? $"{OriginalTable.Quote(column.Name)} = {value}" : null;

    private static bool IsWhole(string expression, Column column) => expression == column.Name || expression == OriginalTable.Quote(column.Name);

    // Of username, name is no part.
    private static bool Names(string expression, Column column) => IsWhole(expression, column)
        || Regex.IsMatch(expression, $"(?<![\\w\"]){Regex.Escape(column.Name)}(?![\\w\"])") || expression.Contains(OriginalTable.Quote(column.Name), StringComparison.Ordinal);
}
