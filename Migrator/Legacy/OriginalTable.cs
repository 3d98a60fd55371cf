using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>A table of the original, or a view in its place.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name as it is spelled.</param>
/// <param name="IsPlain">An ordinary table without children: its rows can be found by their place in it.</param>
/// <param name="HasIndexes">What it holds is unique as its indexes say: not of a view, nor of a table with children, whose indexes are of its own rows.</param>
/// <param name="Bytes">Size with indexes.</param>
/// <param name="Columns">In order.</param>
internal sealed record OriginalTable(string Schema, string Name, bool IsPlain, bool HasIndexes, long Bytes, IReadOnlyList<OriginalColumn> Columns)
{
    /// <summary>Begins a statement: <c>beneath (oid)</c> holds the table <c>$1</c>, its partitions, its children and what lies beneath a view.</summary>
    public const string Beneath =
        """
        WITH RECURSIVE beneath (oid) AS (
          SELECT $1::text::regclass::oid
          UNION SELECT x.oid FROM beneath b, LATERAL (
            SELECT inhrelid FROM pg_inherits WHERE inhparent = b.oid
            UNION ALL SELECT d.refobjid FROM pg_rewrite r JOIN pg_depend d
              ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
            WHERE r.ev_class = b.oid) x (oid))

        """;

    /// <summary>Found by a search_path that somebody has set.</summary>
    public bool IsNamed { get; init; }

    public string Quoted => $"{Quote(Schema)}.{Quote(Name)}";

    /// <summary>For people: quoted only where it must be.</summary>
    public string Display => $"{Plain(Schema)}.{Plain(Name)}";

    /// <summary>Name of the table in the target.</summary>
    public string TargetName => Name.ToLowerInvariant();

    /// <summary>By name, the exact spelling first.</summary>
    public OriginalColumn? Find(string name) =>
        Columns.FirstOrDefault(c => c.Name == name)
        ?? Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the connection's user has all of these, such as SELECT.</summary>
    public async Task<bool> MayAsync(NpgsqlConnection connection, string[] privileges, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>("SELECT bool_and(has_table_privilege($1, p)) FROM unnest($2) p", cancellationToken, Quoted, privileges);

    /// <summary>For people: quoted only where it must be.</summary>
    public static string Plain(string identifier) =>
        identifier.All(c => c is '_' or (>= 'a' and <= 'z') or (>= '0' and <= '9')) ? identifier : Quote(identifier);

    /// <summary>As <c>Search Path</c> of a connection string takes it, which would take a quote for its own.</summary>
    public static string Setting(string schema) => Plain(schema) == schema ? schema : Literal(Quote(schema));

    /// <summary>As a value: what the catalog calls something may hold an apostrophe.</summary>
    public static string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
