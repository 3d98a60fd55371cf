using LaunchStack.Migrator.Schema;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// The SELECT that brings the original's samples into the shape of <see cref="SampleRow"/>: known types are cast, text is
/// cast where it looks right, and what cannot be read is named by its column instead of failing the whole window.
/// </summary>
internal sealed class LegacySampleQuery
{
    // Only what the server can cast: a day that its month has, years from 1, an offset within a day.
    private const string Date =
        "(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

    private const string Clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    private const string Zone = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)";

    private readonly OriginalTable _table;
    private readonly string[] _values = new string[LegacySampleColumns.Names.Length];
    private readonly string _fault;

    /// <param name="table">The original's samples.</param>
    /// <param name="extras">Columns to read besides ours; none by default.</param>
    /// <exception cref="SchemaException">A column has a type that cannot be read as ours.</exception>
    public LegacySampleQuery(OriginalTable table, ExtraColumns? extras = null)
    {
        _table = table;
        Extras = extras ?? ExtraColumns.None;
        var faults = new List<string>();
        for (var column = 0; column < _values.Length; column++)
        {
            var name = LegacySampleColumns.OriginalName(column);
            var found = _table.Find(name);
            (_values[column], var guard) = found is null ? ($"NULL::{LegacySampleColumns.Types[column]}", null) : Cast(found, LegacySampleColumns.Types[column]);
            if (guard is not null)
                faults.Add($"WHEN NOT ({guard}) THEN {column + 1}");
        }

        _fault = faults.Count == 0 ? "0::int2" : $"(CASE {string.Join(' ', faults)} ELSE 0 END)::int2";
    }

    /// <summary>What is read besides our columns.</summary>
    public ExtraColumns Extras { get; }

    /// <summary>The expression of the sample's time.</summary>
    public string Time => _values[SampleRow.Time];

    /// <summary>
    /// An aggregate that changes whenever a row comes, goes or changes: the sum of the hashes of what is read of each row.
    /// </summary>
    public string Version
    {
        get
        {
            var read = LegacySampleColumns.Names.Select((_, column) => _table.Find(LegacySampleColumns.OriginalName(column))).OfType<OriginalColumn>();
            return $"sum(hash_record_extended(ROW({string.Join(", ", read.Concat(ExtraColumns.Of(_table)).Select(Hashable))}), 0))";
        }
    }

    /// <summary>Whether quarantined rows are fetched by their place; otherwise every row carries itself.</summary>
    public bool ByPlace => _table.IsPlain;

    public OriginalTable Table => _table;

    /// <summary>SELECT … FROM the table with <paramref name="condition"/>.</summary>
    public string Select(string condition) =>
        $"SELECT {string.Join(", ", _values)}, {_fault}, {(ByPlace ? "ctid, NULL::text" : "NULL::tid, row_to_json(s)::text")}{Extras.Here} FROM {_table.Quoted} s WHERE {condition}";

    // Not every type can be hashed (json), but each has a text.
    private static string Hashable(OriginalColumn column) =>
        column.Type is "uuid" or "double precision" or "bigint" || column.Type.StartsWith("timestamp", StringComparison.Ordinal)
            ? $"s.{column.Quoted}"
            : $"s.{column.Quoted}::text COLLATE \"C\"";

    private static (string Value, string? Guard) Cast(OriginalColumn column, string type)
    {
        var name = $"s.{column.Quoted}";
        var source = column.Type.Split('(')[0];
        var isText = source is "text" or "character varying" or "character" or "citext";
        switch (type)
        {
            case "uuid" when source == "uuid":
            case "float8" when source == "double precision":
            case "int8" when source == "bigint":
            case "timestamptz" when column.Type.EndsWith("with time zone", StringComparison.Ordinal):
                return (name, null);
            case "timestamptz" when column.Type.StartsWith("timestamp", StringComparison.Ordinal):
                return ($"({name} AT TIME ZONE 'UTC')", null);
            case "timestamptz" when source == "date":
                return Guarded(name, $"({name}::timestamp AT TIME ZONE 'UTC')", $"{name} < '294277-01-01' OR {name} = 'infinity'");
            case "float8" when source is "real" or "integer" or "smallint" or "bigint":
                return ($"{name}::float8", null);
            case "float8" when source == "numeric":
                return Guarded(name, $"{name}::float8", $"abs({name}) BETWEEN 1e-307 AND 1e308 OR {name} = 0 OR {name}::text IN ('NaN', 'Infinity', '-Infinity')");
            case "int8" when source is "integer" or "smallint":
                return ($"{name}::int8", null);
            case "int8" when source is "numeric" or "double precision" or "real":
                // A fraction, NaN or a value beyond bigint would not come back as it was.
                return Guarded(name, $"({name})::int8", $"{name} = trunc(({name})::numeric) AND abs({name}) < 9.2e18 AND {name}::text <> 'NaN'");
            case "uuid" when isText:
                return Guarded(name, $"{name}::text::uuid", $"{name}::text ~ '^[0-9a-fA-F]{{8}}(-?[0-9a-fA-F]{{4}}){{3}}-?[0-9a-fA-F]{{12}}$'");
            case "int8" when isText:
                return Guarded(name, $"{name}::text::int8", $"{name}::text ~ '^-?[0-9]{{1,18}}$'");
            case "float8" when isText:
                return Guarded(name, $"{name}::text::float8", $"{name}::text ~ '^-?[0-9]{{1,100}}(\\.[0-9]{{1,100}})?$'");
            case "timestamptz" when isText:
                return Guarded(name, $"({name}::text || CASE WHEN {name}::text ~ '{Zone}$' THEN '' ELSE '+00' END)::timestamptz", $"{name}::text ~ '^{Date}[ T]{Clock}{Zone}?$'");
            default:
                throw new SchemaException(
                    $"Column {column.Name} of the original's samples has type {column.Type}, which cannot be read as {type}. Offer a view that casts it.");
        }
    }

    private static (string Value, string Guard) Guarded(string name, string cast, string guard) =>
        ($"(CASE WHEN {guard} THEN {cast} END)", $"{name} IS NULL OR ({guard})");
}
