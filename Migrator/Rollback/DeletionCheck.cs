using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// What else of the original a deletion would meet. A foreign key of any table that names the one deleted from, its partitions, its
/// children or what lies beneath a view would take rows along, change them or forbid it.
/// </summary>
internal static class DeletionCheck
{
    // ONLY: a partition or child that has the key too is listed by itself. A table beneath a view may spell the id otherwise.
    private const string Keys =
        OriginalTable.Beneath +
        """
        SELECT DISTINCT k.conrelid::regclass::text, k.confrelid::regclass::text,
               (SELECT string_agg(format('c.%I = s.%I', a.attname, b.attname), ' AND ') FROM unnest(k.conkey, k.confkey) u (a, b)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.a JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.b),
               (SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]),
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = $2),
               k.conrelid IN (SELECT oid FROM beneath) AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = $2)
        FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM beneath) ORDER BY 1, 2
        """;

    /// <summary>Of the rows that are to go, those that rows which stay still name, and by which column of which table.</summary>
    /// <param name="original">The original.</param>
    /// <param name="table">The table deleted from.</param>
    /// <param name="id">Name of its id.</param>
    /// <param name="idOf">The uuid of a row with this alias.</param>
    /// <param name="ids">Rows that are to go.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<List<(Guid Id, string Table, string Column)>> NamedAsync(
        NpgsqlConnection original, OriginalTable table, string id, Func<string, string> idOf, IReadOnlyCollection<Guid> ids,
        CancellationToken cancellationToken)
    {
        var named = new List<(Guid, string, string)>();
        var keys = await original.QueryAsync(
            Keys,
            r => (From: r.GetString(0), To: r.GetString(1), On: r.GetString(2), Column: r.GetString(3), HasId: r.GetBoolean(4), IsItself: r.GetBoolean(5)),
            cancellationToken, table.Quoted, id);
        foreach (var key in keys)
        {
            var others = key.IsItself ? $" AND ({idOf("c")} = ANY($1)) IS NOT TRUE" : "";
            var sql = key.HasId
                ? $"SELECT {idOf("s")} FROM ONLY {key.To} s WHERE {idOf("s")} = ANY($1) AND EXISTS (SELECT FROM ONLY {key.From} c WHERE {key.On}{others})"
                : $"SELECT u.i FROM unnest($1) u (i) WHERE EXISTS (SELECT FROM ONLY {key.From} c WHERE c.{key.Column}::text = u.i::text{others})";
            named.AddRange((await original.QueryAsync(sql, r => r.GetGuid(0), cancellationToken, ids.ToArray())).Select(i => (i, key.From, key.Column)));
        }

        return named;
    }
}
