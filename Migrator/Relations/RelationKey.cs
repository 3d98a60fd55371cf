using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>A unique index of a table, but for its primary key.</summary>
/// <param name="Index">Its name, quoted.</param>
/// <param name="IsConstraint">Whether a constraint stands on it.</param>
/// <param name="Columns">Every column that it looks at.</param>
/// <param name="IsPlain">Of whole columns and all rows: neither expressions nor a condition.</param>
/// <param name="Definition">What follows USING in its definition.</param>
internal sealed record RelationKey(string Index, bool IsConstraint, string[] Columns, bool IsPlain, string Definition)
{
    // Of a partial index or one of expressions, the dependencies tell the columns.
    private const string Keys =
        """
        SELECT quote_ident(c.relname), EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype = 'u'),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0
                     AND (a.attnum = ANY(i.indkey) OR a.attnum IN (SELECT d.refobjsubid FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid)) ORDER BY 1),
               i.indpred IS NULL AND i.indexprs IS NULL, substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$'), i.indisprimary
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = $1::text::regclass AND i.indisunique AND i.indisvalid ORDER BY c.relname
        """;

    /// <summary>The unique indexes of a table; the primary key too where it is asked for.</summary>
    public static async Task<IReadOnlyList<RelationKey>> ListAsync(
        NpgsqlConnection connection, string table, bool primary, CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync(
            Keys,
            r => (Key: new RelationKey(r.GetString(0), r.GetBoolean(1), r.GetFieldValue<string[]>(2), r.GetBoolean(3), r.GetString(4)),
                IsPrimary: r.GetBoolean(5)),
            cancellationToken, table)).Where(k => primary || !k.IsPrimary).Select(k => k.Key)];
}
