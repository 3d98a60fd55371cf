using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>The columns of a table of the original, whose three generations differ.</summary>
/// <param name="Table">Name of the table.</param>
/// <param name="Columns">Type, nullability, digits of a second and whether the server can fill it, by column name.</param>
internal sealed record LegacySchema(string Table, IReadOnlyDictionary<string, (string Type, bool Nullable, int Precision, bool IsFilled)> Columns)
{
    /// <summary>Looks at the table.</summary>
    /// <exception cref="MissingSchemaException">There is none, or none yet: what was seen is kept.</exception>
    public static async Task<LegacySchema> ReadAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var columns = await connection.QueryAsync(
            """
            SELECT column_name::text, data_type::text, is_nullable = 'YES', coalesce(datetime_precision, 6)::int,
                   column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
            FROM information_schema.columns
            WHERE (table_schema, table_name) = (
                SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1))
            """,
            static row => (row.GetString(0), (row.GetString(1), row.GetBoolean(2), row.GetInt32(3), row.GetBoolean(4))),
            cancellationToken, table);
        return columns.Count == 0 ? throw MissingSchemaException.Of(table) : new(table, columns.ToDictionary(column => column.Item1, column => column.Item2));
    }

    /// <summary>Time of an incoming row as the table keeps it: generation 1 has UTC without a zone, and some round it.</summary>
    public string Time => Columns["timestamp"] is { Precision: < 6 and var digits }
        ? Instant($"i.\"timestamp\"::timestamptz({digits})", "timestamp")
        : Instant("i.\"timestamp\"", "timestamp");

    /// <summary>Measures that the table has and that may be null, so that they can be filled later.</summary>
    public IReadOnlyList<Measure> Fillable => [.. Measures.All.Where(m => Columns.TryGetValue(m.Column(), out var column) && column.Nullable)];

    /// <summary>Column names and the expressions over <c>incoming i</c> that fill them.</summary>
    public IEnumerable<(string Column, string Expression)> Insertable()
    {
        if (Columns.TryGetValue("id", out var id) && !id.IsFilled)
            yield return ("id", "gen_random_uuid()");
        yield return ("instance_id", "i.instance_id");
        yield return ("\"timestamp\"", Time);
        foreach (var measure in Measures.All.Select(m => m.Column()))
        {
            if (Columns.TryGetValue(measure, out var column))
                yield return (measure, column.Nullable ? $"i.{measure}" : $"coalesce(i.{measure}, 0)");
        }
        if (Columns.ContainsKey("memory_percentage"))
            yield return ("memory_percentage", Measures.MemoryPercentageSql("i.memory_usage", "i.memory_limit"));
        foreach (var stamp in new[] { "created_at", "updated_at" })
        {
            if (Columns.ContainsKey(stamp))
                yield return (stamp, Instant("now()", stamp));
        }
    }

    /// <summary>
    /// Condition for a time that can be. The table takes samples without one, at infinity, and in years that .NET does not count; where
    /// the migrator would quarantine a sample for its time, it is in no answer either.
    /// </summary>
    public string HasTime =>
        $"\"timestamp\" >= {Instant("timestamptz '1970-01-01 00:00:00+00'", "timestamp")} AND \"timestamp\" < {Instant("(now() + interval '2 days')", "timestamp")}";

    /// <summary>The measure, NULL where the table has none or where it holds what cannot be: NaN, infinity, below zero, no number.</summary>
    public string Value(Measure measure)
    {
        var (column, type) = (measure.Column(), measure.SqlType());
        if (!Columns.TryGetValue(column, out var found))
            return $"NULL::{type}";
        var text = $"{column}::text";
        var (number, fits) = (found.Type, measure.IsFraction()) switch
        {
            ("bigint" or "integer" or "smallint", _) or ("real" or "double precision", true) => (column, "true"),
            ("numeric" or "real" or "double precision", false) => (column, ReadableNumber.FitsWhole(column)),
            (_, false) => ($"{text}::{type}", ReadableNumber.IsWhole(text)),
            _ => ($"{text}::{type}", ReadableNumber.IsDouble(text)),
        };
        // NaN is greater than any number.
        var possible = measure.IsFraction() ? $"{number} BETWEEN 0 AND {measure.Max():0}" : $"{number} >= 0";
        return $"CASE WHEN CASE WHEN {fits} THEN {possible} END THEN {number}::{type} END";
    }

    /// <summary>How many measures of a row cannot be.</summary>
    public string InvalidValues => Measures.All.Where(m => Columns.ContainsKey(m.Column())).ToList() is { Count: > 0 } own
        ? $"num_nonnulls({string.Join(", ", own.Select(m => m.Column()))}) - num_nonnulls({string.Join(", ", own.Select(Value))})"
        : "0";

    private string Instant(string expression, string column) =>
        Columns.TryGetValue(column, out var found) && found.Type == "timestamp without time zone"
            ? $"{expression} AT TIME ZONE 'UTC'"
            : expression;
}
