using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What the original asks of a row that is written to one of its tables.</summary>
/// <param name="Computed">Columns that the original alone fills: generated ones, identities that take no value, and <paramref name="ByView"/>.</param>
/// <param name="ByView">Columns that a view computes and no service of ours writes.</param>
/// <param name="NotNull">Columns that take no NULL: where nothing is known, the original fills them or keeps what they have.</param>
/// <param name="Filled">Columns that the original can fill by itself.</param>
/// <param name="Closed">Columns that a view computes, or of a view or table that takes no rows at all.</param>
/// <param name="Defaults">What the original gives a column that it can fill, as an expression.</param>
/// <param name="Fixed">Columns whose default gives the same value each time.</param>
/// <param name="Naming">Columns that name rows of other tables by a foreign key.</param>
/// <param name="Named">Columns that foreign keys of any table name: NULL for a moment may stay there for ever.</param>
internal sealed record OriginalFacts(IReadOnlySet<string> Computed, IReadOnlyList<string> ByView, IReadOnlySet<string> NotNull, IReadOnlySet<string> Filled,
    IReadOnlySet<string> Closed, IReadOnlyDictionary<string, string> Defaults, IReadOnlySet<string> Fixed,
    IReadOnlySet<string> Naming, IReadOnlySet<string> Named)
{
    private const string Facts =
        """
        SELECT attname::text, attgenerated <> '' OR attidentity = 'a', attnotnull OR attidentity <> '' OR t.typnotnull,
               atthasdef OR attidentity <> '', attgenerated = '' AND NOT pg_column_is_updatable(attrelid, attnum, true),
               EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = attrelid AND attnum = ANY(k.confkey)),
               EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = attrelid AND attnum = ANY(k.conkey)),
               CASE WHEN attidentity = 'd' THEN format('nextval(%L)', pg_get_serial_sequence($1, attname)) WHEN attgenerated = '' THEN pg_get_expr(adbin, adrelid) END,
               c.relkind = 'v' AND pg_relation_is_updatable(attrelid, false) & 4 <> 0 AND NOT pg_column_is_updatable(attrelid, attnum, false),
               adbin IS NOT NULL AND adbin::text !~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR' AND NOT EXISTS (
                 SELECT FROM regexp_matches(adbin::text, ':(?:op)?funcid (\d+)', 'g') f JOIN pg_proc p ON p.oid = f[1]::oid WHERE p.provolatile <> 'i'),
               CASE WHEN attgenerated <> '' THEN pg_get_expr(adbin, adrelid) END, attgenerated = 's', attidentity = 'a'
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
        """;

    private const string IsClosed =
        "SELECT relkind = 'm' OR relkind = 'f' AND pg_relation_is_updatable(oid, true) & 8 = 0 FROM pg_class WHERE oid = $1::text::regclass";

    // What a view's column is beneath, its rewriting knows alone: what it would refuse shows before anything is run. 428C9: generated.
    private const string ComputedBeneath =
        """
        DO $do$
        DECLARE
          name text;
          computed text[] := '{}';
        BEGIN
          FOR name IN SELECT attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                      WHERE attrelid = %L::regclass AND c.relkind = 'v' AND attnum > 0 AND pg_column_is_updatable(attrelid, attnum, false) LOOP
            BEGIN
              EXECUTE format('EXPLAIN INSERT INTO %%s (%%I) VALUES (NULL)', %L, name);
            EXCEPTION
              WHEN SQLSTATE '428C9' THEN computed := computed || name;
              WHEN OTHERS THEN NULL;
            END;
          END LOOP;
          PERFORM set_config('launchstack.computed', computed::text, false);
        END $do$
        """;

    // A view's own may be what makes it take rows.
    private const string Rules =
        OriginalTable.Beneath +
        """
        SELECT c.oid::regclass::text, quote_ident(r.rulename) FROM beneath JOIN pg_class c USING (oid) JOIN pg_rewrite r ON r.ev_class = c.oid
        WHERE c.relkind IN ('r', 'p') AND r.ev_type IN ('2', '3') AND r.ev_enabled IN ('O', 'A') ORDER BY 1, 2
        """;

    /// <summary>Of the <see cref="Computed"/> columns those that are ours: what the target has there cannot be written.</summary>
    public required IReadOnlyList<OriginalColumn> Ours { get; init; }

    /// <summary>What generated columns are computed by; of those beneath a view nobody says.</summary>
    public required IReadOnlyDictionary<string, string> Expressions { get; init; }

    private HashSet<string> Stored { get; init; } = [];

    private HashSet<string> Identities { get; init; } = [];

    /// <summary>Whether it takes no rows and no trigger can help: a materialized view, a foreign table that is only read.</summary>
    public bool TakesNoRows { get; private init; }

    /// <summary>Rules for what is inserted or updated, of the table or beneath it, each with what it is on.</summary>
    public static Task<List<(string On, string Name)>> RulesAsync(NpgsqlConnection original, OriginalTable table, CancellationToken cancellationToken) =>
        original.QueryAsync(Rules, r => (r.GetString(0), r.GetString(1)), cancellationToken, table.Quoted);

    /// <summary>The statements that switch rules off.</summary>
    public static string Disable(IEnumerable<(string On, string Name)> rules) => string.Join("; ", rules.Select(r => $"ALTER TABLE {r.On} DISABLE RULE {r.Name}"));

    public static async Task<OriginalFacts> FindAsync(NpgsqlConnection original, OriginalTable table, CancellationToken cancellationToken)
    {
        var facts = await original.QueryAsync(
            Facts, r => (Name: r.GetString(0), Is: new[] { r.GetBoolean(1), r.GetBoolean(2), r.GetBoolean(3), r.GetBoolean(4), r.GetBoolean(5), r.GetBoolean(6), r.GetBoolean(8), r.GetBoolean(9), r.GetBoolean(11), r.GetBoolean(12) },
                Default: r.Text(7), Expression: r.Text(10)),
            cancellationToken, table.Quoted);
        var beneath = await original.ScalarAsync<string>("SELECT format($1, $2, $2)", cancellationToken, ComputedBeneath, table.Quoted);
        await original.ExecuteAsync(beneath!, cancellationToken);
        var computed = Are(0).Concat((await original.ScalarAsync<string[]>("SELECT current_setting('launchstack.computed')::text[]", cancellationToken))!).ToHashSet();
        // What takes the place of a column of ours can be written by a trigger, and has to be.
        var byView = Are(6).Where(name => !IsOurs(table, name)).ToList();
        return new(
            computed.Concat(byView).ToHashSet(), byView, Are(1), Are(2), Are(3), facts.Where(f => f.Default is not null).ToDictionary(f => f.Name, f => f.Default!), Are(7), Are(5), Are(4))
        {
            Ours = [.. table.Columns.Where(c => computed.Contains(c.Name) && IsOurs(table, c.Name))],
            Expressions = facts.Where(f => f.Expression is not null).ToDictionary(f => f.Name, f => f.Expression!),
            Stored = Are(8),
            Identities = Are(9),
            TakesNoRows = await original.ScalarAsync<bool>(IsClosed, cancellationToken, table.Quoted),
        };

        HashSet<string> Are(int fact) => [.. facts.Where(f => f.Is[fact]).Select(f => f.Name)];
    }

    /// <summary>How one of <see cref="Ours"/> becomes one that takes values, and keeps those that it has.</summary>
    public string Opening(OriginalTable table, OriginalColumn column)
    {
        var alter = $"ALTER TABLE {table.Quoted}";
        if (Stored.Contains(column.Name))
            return $"{alter} ALTER COLUMN {column.Quoted} DROP EXPRESSION";
        if (Identities.Contains(column.Name))
            return $"{alter} ALTER COLUMN {column.Quoted} SET GENERATED BY DEFAULT";
        if (!Expressions.ContainsKey(column.Name))
            return $"ALTER TABLE … ALTER COLUMN {column.Quoted} DROP EXPRESSION, of the table beneath {table.Display}";
        // Of a virtual one the server takes no expression away.
        var computed = OriginalTable.Quote($"{column.Name}_computed");
        return $"{alter} RENAME COLUMN {column.Quoted} TO {computed}; {alter} ADD COLUMN {column.Quoted} {column.Type}; "
            + $"UPDATE {table.Quoted} SET {column.Quoted} = {computed}; {alter} DROP COLUMN {computed}";
    }

    /// <summary>What is left out, for people.</summary>
    public IEnumerable<string> Notes(OriginalTable table)
    {
        if (ByView.Count > 0)
            yield return $"{table.Display} computes {string.Join(", ", ByView.Select(OriginalTable.Plain))}, as a view does: neither written there nor compared.";
        if (Ours.Count > 0)
            yield return $"{table.Display} computes {string.Join(", ", Ours.Select(c => c.Display))} by itself (GENERATED): where the target has no value, what it computes stands.";
    }

    private static bool IsOurs(OriginalTable table, string column) => OriginalDatabase.RelationNames.Contains(table.TargetName)
        ? RelationShape.IsOfSchema(table.TargetName, column.ToLowerInvariant()) && !TargetColumn.IsOwn(table.TargetName, column.ToLowerInvariant())
        : LegacySampleColumns.NameOf(column) is { } name && !TargetColumn.IsOwn("resource_usage", name);

    /// <summary>The columns that are compared: those that can be written back, and ours that cannot.</summary>
    public RelationShape Comparable(RelationShape shape) =>
        shape with { Columns = [.. shape.Columns.Where(c => c.IsThere && (!Computed.Contains(c.Source.Name) || Ours.Contains(c.Source)))] };
}
