using System.Globalization;
using LaunchStack.Migrator.Schema;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// The SELECT that brings the original's samples into the shape of <see cref="EncodedSample"/>: known types are cast, text is
/// cast where it looks right, and what cannot be read is named by its column instead of failing the whole window.
/// </summary>
internal sealed class LegacySampleQuery
{
    private readonly OriginalTable _table;
    private readonly string[] _values = new string[LegacySampleColumns.Names.Length];
    private readonly string _fault;

    /// <param name="table">The original's samples.</param>
    /// <param name="server">Major version of the original's server.</param>
    /// <param name="extras">Columns to read besides ours.</param>
    /// <exception cref="SchemaException">A column has a type that cannot be read as ours.</exception>
    public LegacySampleQuery(OriginalTable table, int server, ExtraColumns extras)
    {
        _table = table;
        Extras = extras;
        List<string> faults = [], unreadable = [];
        for (var column = 0; column < _values.Length; column++)
        {
            var name = LegacySampleColumns.OriginalName(column);
            var type = LegacySampleColumns.Types[column];
            var found = _table.Find(name);
            if ((found is null ? ($"NULL::{type}", null) : LegacySampleCast.Find(found, type, server)) is not var (value, fits))
            {
                unreadable.Add($"{_table.Display}.{found!.Display} is {found.Type} in the original, which cannot be read as {type}");
                continue;
            }

            _values[column] = value;
            if (fits is not null)
                faults.Add($"WHEN ({fits}) IS NOT TRUE THEN {column + 1}");
        }

        if (unreadable.Count > 0)
            throw new SchemaException(
                $"{string.Join("; ", unreadable)}. Offer a view in place of {_table.Display}, in a schema of its own, that casts {(unreadable.Count == 1 ? "it" : "them")}, "
                + "and name that schema first in Search Path of ConnectionStrings__original.");
        _fault = faults.Count == 0 ? "0::int2" : $"(CASE {string.Join(' ', faults)} ELSE 0 END)::int2";
    }

    /// <summary>What is read besides our columns.</summary>
    public ExtraColumns Extras { get; }

    /// <summary>The expression of the sample's time.</summary>
    public string Time => _values[EncodedSample.Time];

    /// <summary>
    /// An aggregate that changes whenever a row comes, goes or changes, in whatever column, as quarantine holds whole rows: the sum of the rows' hashes.
    /// </summary>
    // The hash of a record adds up those of its columns, so a sum of them stays when two rows exchange a value: each is hashed once more.
    public string Version => $"sum(hashtextextended({Hash}::text COLLATE \"C\", 0))";

    /// <summary>An aggregate: about how many bytes the further values take as they travel.</summary>
    public string ExtraBytes => Extras.Count == 0 ? "0::int8" : $"sum(octet_length(record_send(ROW({Extras.Here[2..]}))))::int8";

    /// <summary>Whether rows have a place in their table, which brings them back.</summary>
    public bool ByPlace => _table.IsPlain;

    private string Hash
    {
        get
        {
            var extras = ExtraColumns.Of(_table);
            var hashed = _table.Columns.Select(column => extras.Contains(column) ? HashableExtra(column) : Hashable(column));
            return $"hash_record_extended(ROW({string.Join(", ", hashed)}), 0)";
        }
    }

    /// <summary>The expression of a row's <see cref="EncodedSample.Place"/>.</summary>
    public string Place => ByPlace ? "s.ctid" : Hash;

    /// <summary>Condition for a row to have one of these places.</summary>
    /// <param name="places">As <see cref="PlaceText"/> writes them.</param>
    public string IsAt(IEnumerable<string> places) => $"{Place} = ANY('{{{string.Join(',', places.Select(p => $"\"{p}\""))}}}')";

    /// <summary>A place as the server writes it.</summary>
    public string PlaceText(long place) => ByPlace ? Tid(place).ToString() : place.ToString(CultureInfo.InvariantCulture);

    public OriginalTable Table => _table;

    /// <summary>SELECT … FROM the table with <paramref name="condition"/>.</summary>
    public string Select(string condition) =>
        $"SELECT {string.Join(", ", _values)}, {_fault}, {Place}{Extras.Here} FROM {_table.Quoted} s WHERE {condition}";

    /// <summary>Of rows with <paramref name="condition"/> those with one of these places: the place, and the whole row as JSON.</summary>
    public NpgsqlCommand SelectWhole(string condition, long[] places, NpgsqlConnection connection) => new(
        $"SELECT {Place}, row_to_json(s.*)::text FROM {_table.Quoted} s WHERE {Place} = ANY($1{(ByPlace ? "::text[]::tid[]" : "")}) AND {condition}", connection)
    {
        Parameters = { new() { Value = ByPlace ? Array.ConvertAll(places, place => Tid(place).ToString()) : places } },
    };

    /// <summary>The place that <see cref="SelectWhole"/> gives.</summary>
    public long ReadPlace(NpgsqlDataReader row)
    {
        if (!ByPlace)
            return row.GetInt64(0);
        var tid = row.GetFieldValue<NpgsqlTid>(0);
        return EncodedSample.PlaceAt(tid.BlockNumber, tid.OffsetNumber);
    }

    /// <summary>A <see cref="EncodedSample.Place"/> as the server has it.</summary>
    private static NpgsqlTid Tid(long place) => new((uint)(place >> 16), (ushort)place);

    private static string Hashable(OriginalColumn column) =>
        column.Kind is "double precision" ? $"s.{column.Quoted}" : HashableExtra(column);

    // Not every type can be hashed (json), but each has a text; and where two floats hash alike (0 and -0) it tells them apart.
    private static string HashableExtra(OriginalColumn column) =>
        column.Kind is "uuid" or "bigint" || column.Kind.StartsWith("timestamp", StringComparison.Ordinal)
            ? $"s.{column.Quoted}"
            : $"s.{column.Quoted}::text COLLATE \"C\"";
}
