using System.Globalization;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>Values of the target that the original has no table or column for: going back, they stay behind.</summary>
/// <param name="Refused">What would be lost unless somebody allows it; with the number of rows and how to keep them.</param>
/// <param name="Usual">Measures that the original has never had a column for: every way back would be refused for them.</param>
internal sealed record UnplacedValues(IReadOnlyList<string> Refused, IReadOnlyList<string> Usual)
{
    // So many of the last windows tell whether the original had a measure.
    private const int LastWindows = 10;

    // What a column's default computes (a time, an id) the server has filled in by itself; a constant can be told from a value.
    private const string Columns =
        """
        SELECT attname::text, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = to_regclass('public.' || $1::text) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
        """;

    /// <param name="target">The target.</param>
    /// <param name="connection">To the original.</param>
    /// <param name="original">The original.</param>
    /// <param name="since">Condition for a sample to have come or changed since the cutover.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<UnplacedValues> FindAsync(
        NpgsqlConnection target, NpgsqlConnection connection, OriginalDatabase original, string since, CancellationToken cancellationToken)
    {
        List<string> refused = [], usual = [];
        foreach (var name in OriginalDatabase.RelationNames)
        {
            var columns = await ColumnsAsync(target, name, cancellationToken);
            if (original.Relations.FirstOrDefault(r => r.TargetName == name) is not { } table)
            {
                var rows = await target.ScalarAsync<long>($"SELECT count(*) FROM {name}", cancellationToken);
                if (rows > 0)
                    refused.Add($"{Counted.Of(rows, "row")} of {name}: the original has no such table. To keep them, there: {Create(original, name, columns)}");
                continue;
            }

            var placed = (await TargetColumn.FindAsync(target, $"public.{name}", table.Columns, anyCase: true, cancellationToken)).Where(c => c.IsThere).Select(c => c.Name).ToList();
            if (!placed.Contains("id") && await DifferenceAsync(target, connection, table, cancellationToken) is (var here, var there) && here + there > 0)
                refused.Add($"{Counted.Of(here, "row")} of {name} that came or changed, and {there} as they were before: {table.Display} of the original has no id to tell them apart by. "
                    + "To keep them, insert and delete them there by hand");
            foreach (var (column, rows) in await CountAsync(target, name, "true", columns.Where(c => !placed.Contains(c.Name) && !TargetColumn.IsOwn(name, c.Name)), cancellationToken))
                refused.Add(Lost(name, table, column, rows));
        }

        var samples = original.Samples;
        var extras = (await TargetColumn.FindAsync(target, "public.resource_usage", ExtraColumns.Of(samples), anyCase: false, cancellationToken)).Select(c => c.Name);
        var known = LegacySampleColumns.Names.Where(n => samples.Find(n) is not null).Concat(extras).Append("deleted_at").ToHashSet();
        var lacking = (await ColumnsAsync(target, "resource_usage", cancellationToken)).Where(c => !known.Contains(c.Name) && !TargetColumn.IsOwn("resource_usage", c.Name));
        foreach (var (column, rows) in await CountAsync(target, "resource_usage", $"{since} AND deleted_at IS NULL", lacking, cancellationToken))
        {
            var isMeasure = LegacySampleColumns.Names.Contains(column.Name);
            (isMeasure && !await WasMovedAsync(target, column.Name, since, cancellationToken) ? usual : refused).Add(Lost("resource_usage", samples, column, rows));
        }

        return new(refused, usual);
    }

    /// <param name="computed">What else would be lost; see <see cref="Computed"/>.</param>
    /// <exception cref="RefusedException">Some would be lost that nobody has allowed to.</exception>
    public void Require(IEnumerable<string> computed)
    {
        var lost = Refused.Concat(computed).ToList();
        if (lost.Count > 0)
            throw new RefusedException(
                $"What came or changed since the cutover would be lost, as the original has no place for it:{Environment.NewLine}"
                + string.Join(Environment.NewLine, lost.Select(r => $"  {r}")) + $"{Environment.NewLine}Nothing was written. Then run rollback --reverse-sync again; "
                + "to leave them behind, run rollback --reverse-sync --allow-losses.");
    }

    /// <summary>Values of a column of ours that the original computes otherwise.</summary>
    public static string Computed(OriginalTable table, OriginalFacts facts, OriginalColumn column, long rows) =>
        $"{Counted.Of(rows, "value")} of {(OriginalDatabase.RelationNames.Contains(table.TargetName) ? table.TargetName : "resource_usage")}.{column.Name.ToLowerInvariant()}: "
        + $"{table.Display} of the original computes it by itself (GENERATED). To keep them, there: {facts.Opening(table, column)}";

    /// <summary>What the original has no place for, before any move, for people.</summary>
    public static IEnumerable<string> Foretell(OriginalDatabase original, IEnumerable<RelationShape> shapes)
    {
        foreach (var name in OriginalDatabase.RelationNames.Where(n => original.Relations.All(r => r.TargetName != n)))
            yield return $"The original has no table {name}: rows that come there after the cutover could not go back. {Remedy("make one")}";
        foreach (var shape in shapes)
        {
            if (shape.Id is null)
                yield return $"{shape.Table.Display} has no id: rows that come, change or go after the cutover could not go back; rollback --reverse-sync says how many they are. "
                    + $"To keep them, before the move: ALTER TABLE {shape.Table.Quoted} ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid()";
            if (shape.Unplaced.Where(c => c != "id").ToList() is { Count: > 0 } unplaced)
                yield return $"{shape.Table.Display} has no column for {string.Join(", ", unplaced)}: values that come there after the cutover could not go back. {Remedy("add it")}";
        }

        var measures = Measures.All.Select(m => m.Column()).Where(m => original.Samples.Find(m) is null).ToList();
        if (measures.Count > 0)
            yield return $"{original.Samples.Display} has no column for {string.Join(", ", measures)}: what is measured there after the cutover would not go back. {Remedy("add it")}";

        static string Remedy(string what) => $"To keep them, {what} in the original before rollback --reverse-sync, which says how many they are.";
    }

    /// <summary>How many rows of a table without an id the target alone holds, and how many the original alone; without those that could not be moved.</summary>
    private static async Task<(long Here, long There)> DifferenceAsync(
        NpgsqlConnection target, NpgsqlConnection connection, OriginalTable table, CancellationToken cancellationToken)
    {
        var shape = await RelationShape.ReadAsync(connection, target, table, cancellationToken);
        var state = await RelationState.ReadAsync(target, shape, expected: 0, cancellationToken);
        var more = state.ByHash.ToDictionary(row => row.Key, row => row.Value.Here);
        foreach (var (hash, _) in state.Quarantined)
            more[hash] = more.GetValueOrDefault(hash) + 1;
        await foreach (var row in new RelationReader(connection, target, shape).ReadAsync([], only: null, cancellationToken))
            more[row.Hash] = more.GetValueOrDefault(row.Hash) - 1;
        // What quarantine holds and the original does not any more is no loss.
        return (more.Sum(row => Math.Clamp(row.Value, 0L, state.ByHash.GetValueOrDefault(row.Key).Here)), more.Values.Sum(times => Math.Max(0L, -times)));
    }

    private static string Lost(string name, OriginalTable table, (string Name, string Type, string? Default) column, long rows) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Counted.Of(rows, "value")} of {name}.{OriginalTable.Plain(column.Name)}: {table.Display} of the original has no such column. To keep them, there: "
        + $"ALTER TABLE {table.Quoted} ADD COLUMN {OriginalTable.Plain(column.Name)} {column.Type}");

    private static string Create(OriginalDatabase original, string name, IEnumerable<(string Name, string Type, string? Default)> columns) =>
        $"CREATE TABLE {OriginalTable.Plain(original.Samples.Schema)}.{name} ("
        + string.Join(", ", columns.Where(c => !TargetColumn.IsOwn(name, c.Name)).Select(c => $"{OriginalTable.Plain(c.Name)} {c.Type}{(c.Name == "id" ? " PRIMARY KEY" : "")}")) + ")";

    private static Task<List<(string Name, string Type, string? Default)>> ColumnsAsync(NpgsqlConnection target, string table, CancellationToken cancellationToken) =>
        target.QueryAsync(Columns, r => (r.GetString(0), r.GetString(1), r.Text(2)), cancellationToken, table);

    private static async Task<List<((string Name, string Type, string? Default) Column, long Rows)>> CountAsync(
        NpgsqlConnection target, string table, string condition, IEnumerable<(string Name, string Type, string? Default)> columns, CancellationToken cancellationToken)
    {
        var asked = columns.Where(c => c.Default?.Contains('(', StringComparison.Ordinal) != true).ToList();
        if (asked.Count == 0)
            return [];
        var counts = asked.Select(c => (Name: OriginalTable.Quote(c.Name), c.Default)).Select(c =>
            $"count(*) FILTER (WHERE {c.Name} IS NOT NULL{(c.Default is null ? "" : $" AND {c.Name}::text IS DISTINCT FROM ({c.Default})::text")})");
        var rows = (await target.QueryAsync(
            $"SELECT {string.Join(", ", counts)} FROM {table} WHERE {condition}", r => asked.Select((_, n) => r.GetInt64(n)).ToList(), cancellationToken))[0];
        return [.. asked.Zip(rows).Where(c => c.Second > 0)];
    }

    private static Task<bool> WasMovedAsync(NpgsqlConnection target, string column, string since, CancellationToken cancellationToken) => target.ScalarAsync<bool>(
        $"""
        SELECT EXISTS (
          SELECT FROM (SELECT * FROM migration_windows WHERE done AND moved_rows > 0 AND isfinite(window_start) ORDER BY window_start DESC LIMIT {LastWindows}) w
          JOIN resource_usage r ON r."timestamp" >= w.window_start AND r."timestamp" < w.window_end
          WHERE NOT {since} AND r.{OriginalTable.Quote(column)} IS NOT NULL)
        """, cancellationToken);
}
