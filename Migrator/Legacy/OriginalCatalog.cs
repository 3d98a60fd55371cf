using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Finds the original's tables by name, in any schema and spelling; where several could be meant, none is taken without a word.</summary>
/// <param name="connection">To the original.</param>
/// <param name="target">Major version of the target's server.</param>
internal sealed class OriginalCatalog(NpgsqlConnection connection, int target)
{
    // Since 17 an interval may be infinite; an older server takes the bytes for 178 million years. Newer servers have more methods in a jsonpath, too.
    private const int InfiniteIntervals = 17;

    // Found by a search_path that somebody has set for this connection, its user or the database; the server passes over schemas there
    // without USAGE, which is to be granted.
    private const string IsVisible =
        """
        (pg_table_is_visible(c.oid) OR (NOT has_schema_privilege(n.oid, 'USAGE')
          AND n.nspname IN (SELECT btrim(s, ' "') FROM unnest(string_to_array(current_setting('search_path'), ',')) s)))
        AND (SELECT source <> 'default' FROM pg_settings WHERE name = 'search_path')
        """;

    private const string IsNamed =
        "lower(c.relname) = ANY($1) AND n.nspname !~ '^(pg_|_timescaledb|timescaledb_)' AND n.nspname <> 'information_schema'";

    private const string Tables =
        $"""
        SELECT n.nspname::text, c.relname::text, c.relkind IN ('p', 'm') OR (c.relkind = 'r' AND NOT i.has_children), c.relkind = 'r' AND NOT i.has_children,
               CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_total_relation_size(c.oid), 0) ELSE 0 END, c.oid::int8, {IsVisible}
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (SELECT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)) i (has_children)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {IsNamed}
        ORDER BY 1, 2
        """;

    // What LOCK TABLE takes: a materialized view keeps its rows from no snapshot, and a foreign table has them elsewhere. Not those of
    // other tenants, where a search_path says which is meant (resource_usages and resource_usage are of one kind).
    private const string Lockable =
        $"""
        SELECT name FROM (
          SELECT format('%I.%I', n.nspname, c.relname), {IsVisible}, bool_or({IsVisible}) OVER (PARTITION BY rtrim(lower(c.relname), 's'))
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v') AND {IsNamed} AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) t (name, visible, said)
        WHERE visible OR NOT said ORDER BY 1
        """;

    // Of a domain the type beneath it.
    private const string Columns =
        """
        WITH RECURSIVE typed AS (
          SELECT a.attnum, a.attname, a.atttypid AS type, a.atttypmod AS mod
          FROM pg_attribute a WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL
          SELECT d.attnum, d.attname, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE d.mod END
          FROM typed d JOIN pg_type t ON t.oid = d.type WHERE t.typtype = 'd')
        SELECT a.attname::text, format_type(a.type, a.mod),
               a.type < 16384 AND t.typtype IN ('b', 'r', 'm') AND t.typsend <> 0 AND t.typname !~ '^_?(reg|xml$|aclitem$|pg_|oid$|xid|cid$)'
        FROM typed a JOIN pg_type t ON t.oid = a.type WHERE t.typtype <> 'd' ORDER BY a.attnum
        """;

    /// <summary>Tables and views of these names that may be meant and can be locked, quoted.</summary>
    public static Task<List<string>> LockableAsync(NpgsqlConnection connection, IEnumerable<string> names, CancellationToken cancellationToken) =>
        connection.QueryAsync(Lockable, r => r.GetString(0), cancellationToken, [names.ToArray()]);

    /// <summary>The one table of these names; null without any.</summary>
    /// <param name="names">In lower case; each may be spelled otherwise in the original.</param>
    /// <param name="schema">Its table is the one, whatever other schemas hold.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RefusedException">There are several; the message names them and how to say which is meant.</exception>
    public async Task<OriginalTable?> FindAsync(string[] names, string? schema, CancellationToken cancellationToken)
    {
        var found = await CandidatesAsync(names, cancellationToken);
        if (found.Any(c => c.IsVisible))
            found = [.. found.Where(c => c.IsVisible)];
        if (found.Count > 1 && found.Any(c => c.Table.Schema == schema))
            found = [.. found.Where(c => c.Table.Schema == schema)];
        return found switch
        {
            [] => null,
            [var (table, oid, _)] => table with { Columns = await ColumnsAsync(oid, cancellationToken) },
            _ => throw await SeveralAsync([.. found.Select(c => c.Table)], cancellationToken),
        };
    }

    private async Task<RefusedException> SeveralAsync(List<OriginalTable> tables, CancellationToken cancellationToken)
    {
        var shown = new List<string>();
        foreach (var table in tables)
            shown.Add($"{table.Quoted} ({await RowsAsync(table, cancellationToken)})");
        // None is the example: what is pasted must have been chosen.
        var schemas = string.Join(" or ", tables.Select(t => t.Schema).Distinct().Select(s => $"Search Path={OriginalTable.Setting(s)}"));
        return new(
            $"The original has several tables that could be meant: {string.Join(", ", shown)}. Add the schema of the right one to ConnectionStrings__original: {schemas}; "
            + "if they share a schema, make one with a view of the right one in it and name that.");
    }

    private async Task<string> RowsAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        try
        {
            return $"{await connection.ScalarAsync<long>($"SELECT count(*) FROM {table.Quoted}", cancellationToken)} rows";
        }
        catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error) && !RecoveryConflict.Is(error))
        {
            return $"rows cannot be counted, {error.SqlState}";
        }
    }

    private Task<List<(OriginalTable Table, long Oid, bool IsVisible)>> CandidatesAsync(string[] names, CancellationToken cancellationToken) =>
        connection.QueryAsync(
            Tables,
            r => (new OriginalTable(r.GetString(0), r.GetString(1), r.GetBoolean(3), r.GetBoolean(2), r.GetInt64(4), []) { IsNamed = r.GetBoolean(6) }, r.GetInt64(5), r.GetBoolean(6)),
            cancellationToken, [names]);

    private Task<List<OriginalColumn>> ColumnsAsync(long table, CancellationToken cancellationToken) => connection.QueryAsync(
        Columns, r => new OriginalColumn(r.GetString(0), r.GetString(1), r.GetBoolean(2) && IsSame(r.GetString(1))), cancellationToken, table);

    private bool IsSame(string type) => type.StartsWith("jsonpath", StringComparison.Ordinal)
        ? target >= connection.PostgreSqlVersion.Major
        : !type.StartsWith("interval", StringComparison.Ordinal) || connection.PostgreSqlVersion.Major < InfiniteIntervals || target >= InfiniteIntervals;
}
