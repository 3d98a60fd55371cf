using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Where a column of the original goes in the target.</summary>
/// <param name="Source">The original's.</param>
/// <param name="Name">The target's name for it, mostly the same.</param>
/// <param name="Type">Its type there, or the one that it will be added with.</param>
/// <param name="IsThere">False: the target lacks it.</param>
internal sealed record TargetColumn(OriginalColumn Source, string Name, string Type, bool IsThere)
{
    private static readonly HashSet<string> System = new(StringComparer.Ordinal) { "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid" };

    private static readonly HashSet<(string Table, string Column)> Own =
    [
        ("resource_usage", "received_at"), ("instances", "first_seen_at"), ("instances", "last_seen_at"), ("instances", "clock_skew"),
    ];

    public string Quoted => OriginalTable.Quote(Name);

    /// <summary>The statement that takes it out of a table of the target: the next pass adds it anew, with its values.</summary>
    public string Drop(string table) => $"ALTER TABLE {table} DROP COLUMN {Quoted}";

    /// <summary>
    /// What helps where the original's has another type since the copy. After the cutover the target's values are the only ones, and a hypertable with
    /// compressed chunks takes no other type: the original's, which nothing writes to, gets its own back.
    /// </summary>
    /// <param name="table">The target's.</param>
    /// <param name="original">The original's.</param>
    public string SameTypeAgain(string table, OriginalTable original) =>
        $"Before the cutover, in the target: {Drop(table)}; the next copy or catch-up adds it anew, with its values. After the cutover, in the original: "
        + $"ALTER TABLE {original.Quoted} ALTER COLUMN {Source.Quoted} TYPE {Type} USING {Source.Quoted}::{Type}.";

    /// <summary>The columns' places in <paramref name="table"/>; nothing is changed.</summary>
    /// <param name="target">The target.</param>
    /// <param name="table">One of its tables, with its schema; where it is missing, every column is.</param>
    /// <param name="columns">The original's.</param>
    /// <param name="anyCase">A column that is spelled otherwise in upper and lower case is the target's too.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<List<TargetColumn>> FindAsync(
        NpgsqlConnection target, string table, IReadOnlyList<OriginalColumn> columns, bool anyCase, CancellationToken cancellationToken)
    {
        var there = await TypesAsync(target, table, cancellationToken);
        var found = new List<TargetColumn>();
        foreach (var column in columns)
        {
            var name = NameOf(column.Name, table);
            while (name != column.Name && columns.Any(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)))
                name = $"original_{name}";
            var lower = column.Name.ToLowerInvariant();
            // Of several columns that differ in case only, one is the target's; the others keep their own spelling.
            if (anyCase && !there.ContainsKey(name) && there.ContainsKey(lower) && columns.All(c => c.Name != lower) && found.All(f => f.Name != lower))
                name = lower;
            found.Add(there.TryGetValue(name, out var type) ? new(column, name, type, true) : new(column, name, column.TargetType, false));
        }
        return found;
    }

    /// <summary>Adds those that are lacking, nullable and without a default.</summary>
    public static async Task AddAsync(NpgsqlConnection target, string table, IReadOnlyList<TargetColumn> columns, CancellationToken cancellationToken)
    {
        var lacking = columns.Where(c => !c.IsThere).Select(c => $"ADD COLUMN {c.Quoted} {c.Type}").ToList();
        if (lacking.Count > 0)
            await target.ExecuteAsync($"ALTER TABLE {table} {string.Join(", ", lacking)}", cancellationToken);
    }

    /// <summary>Columns of a table of the target with their types.</summary>
    public static async Task<Dictionary<string, string>> TypesAsync(NpgsqlConnection target, string table, CancellationToken cancellationToken) =>
        new(await target.QueryAsync(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped",
            r => KeyValuePair.Create(r.GetString(0), r.GetString(1)), cancellationToken, table), StringComparer.Ordinal);

    /// <summary>Whether the column is filled by our services alone.</summary>
    public static bool IsOwn(string table, string column) => Own.Contains((table, column));

    /// <summary>The target's name for a column: a view may have names that no table can have, and some columns of ours mean something that no original can know.</summary>
    public static string NameOf(string name, string table) =>
        System.Contains(name) || name.StartsWith("_ts_meta_", StringComparison.Ordinal) || Own.Contains((table.Split('.')[^1], name.ToLowerInvariant()))
            ? $"original_{name}"
            : name;
}
