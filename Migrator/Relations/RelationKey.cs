using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>A unique index of a table, but for its primary key.</summary>
/// <param name="Index">Its name, quoted.</param>
/// <param name="IsConstraint">Whether a constraint stands on it.</param>
/// <param name="Columns">Every column that it looks at.</param>
/// <param name="IsPlain">Of whole columns and all rows: neither expressions nor a condition.</param>
/// <param name="Definition">What follows USING in its definition.</param>
/// <param name="Expressions">What no two rows share: columns or expressions.</param>
/// <param name="Condition">Of which rows; null for all.</param>
/// <param name="IsOwn">It needs a function, a type or the like that is this database's own.</param>
/// <param name="IsPrimary">Of the primary key.</param>
/// <param name="Folded">Those of its columns in which different texts may be the same: of type citext, or of a collation that is not deterministic.</param>
/// <param name="Temporal">The constraint itself where it is one WITHOUT OVERLAPS, which no index says; else null.</param>
internal sealed record RelationKey(
    string Index, bool IsConstraint, string[] Columns, bool IsPlain, string Definition, string[] Expressions, string? Condition, bool IsOwn, bool IsPrimary,
    string[] Folded, string? Temporal = null)
{
    /// <summary>Whether any number of rows may have NULL there.</summary>
    public bool NullsDiffer => !Definition.Contains("NULLS NOT DISTINCT", StringComparison.Ordinal);

    // Of a partial index or one of expressions, the dependencies tell the columns. What is merely included makes no row another.
    private const string Keys =
        """
        SELECT quote_ident(c.relname), EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype = 'u'),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0
                     AND (a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]) OR (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND a.attnum IN (SELECT d.refobjsubid FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid)) ORDER BY 1),
               i.indpred IS NULL AND i.indexprs IS NULL, substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$'), i.indisprimary,
               ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n ORDER BY n), pg_get_expr(i.indpred, i.indrelid),
               EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid >= 16384
                       AND d.refclassid <> ALL('{pg_class,pg_constraint}'::regclass[])),
               ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) n JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n]
                     LEFT JOIN pg_collation l ON l.oid = i.indcollation[n]
                     WHERE NOT l.collisdeterministic OR a.atttypid IN (SELECT oid FROM pg_type WHERE typname = 'citext') ORDER BY n),
               (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u') AND i.indisexclusion)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = $1::text::regclass AND i.indisunique AND i.indisvalid ORDER BY c.relname
        """;

    /// <summary>The unique indexes of a table; the primary key too where it is asked for.</summary>
    public static async Task<IReadOnlyList<RelationKey>> ListAsync(
        NpgsqlConnection connection, string table, bool primary, CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync(
            Keys,
            r => new RelationKey(
                r.GetString(0), r.GetBoolean(1), r.GetFieldValue<string[]>(2), r.GetBoolean(3), r.GetString(4), r.GetFieldValue<string[]>(6), r.Text(7),
                r.GetBoolean(8), r.GetBoolean(5), r.GetFieldValue<string[]>(9), r.Text(10)),
            cancellationToken, table)).Where(k => primary || !k.IsPrimary)];
}
