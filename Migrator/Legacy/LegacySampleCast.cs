using LaunchStack.Migrator.Schema;
using LaunchStack.Usage.Database;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// How a column of the original's samples is read as the type that the hypertable has, where it can be (<see cref="ReadableNumber"/>).
/// </summary>
internal static class LegacySampleCast
{
    /// <summary>Decimal digits that a double holds, whatever they are.</summary>
    internal const int DoubleDigits = 15;

    // From here on the server checks text against a type by itself.
    private const int ChecksInput = 16;

    // What the server can cast, before it could be asked: a day that its month has, years from 1, an offset within a day.
    private const string Date =
        "(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

    private const string Clock = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?";
    private const string Zone = " ?(Z|UTC|GMT|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)";

    // A brace on both sides or on none; a dash after any two bytes.
    internal const string Uuid = "^(([0-9a-f]{4}-?){7}[0-9a-f]{4}|\\{([0-9a-f]{4}-?){7}[0-9a-f]{4}\\})$";

    /// <summary>The value over the original's row <c>s</c>, and the condition on which it can be read; null for always.</summary>
    /// <param name="column">The original's.</param>
    /// <param name="type">uuid, timestamptz, float8 or int8.</param>
    /// <param name="server">Major version of the original's server.</param>
    /// <exception cref="SchemaException">No value of the column's type is one of <paramref name="type"/>.</exception>
    public static (string Value, string? Fits) Of(OriginalColumn column, string type, int server) => Find(column, type, server)
        ?? throw new SchemaException($"Column {column.Name} of the original's samples has type {column.Type}, which cannot be read as {type}.");

    /// <summary>Likewise; null where no value of the column's type is one of <paramref name="type"/>.</summary>
    public static (string Value, string? Fits)? Find(OriginalColumn column, string type, int server)
    {
        var name = $"s.{column.Quoted}";
        var text = $"{name}::text";
        return (type, column.Kind) switch
        {
            ("uuid", "uuid") or ("float8", "double precision") or ("int8", "bigint") or ("timestamptz", "timestamp with time zone") => (name, null),
            ("timestamptz", "timestamp without time zone") => ($"({name} AT TIME ZONE 'UTC')", null),
            ("timestamptz", "date") => Guarded($"({name}::timestamp AT TIME ZONE 'UTC')", $"{name} < '294277-01-01' OR {name} = 'infinity'"),
            ("float8", "real" or "integer" or "smallint") => ($"{name}::float8", null),
            ("float8", "bigint") => Guarded($"{name}::float8", $"abs({name}::numeric) <= 9007199254740992"),
            ("float8", "numeric") => Guarded($"{text}::float8", ReadableNumber.IsDouble(text)),
            ("int8", "integer" or "smallint") => ($"{name}::int8", null),
            ("int8", "numeric" or "double precision" or "real") => Guarded($"({name})::int8", ReadableNumber.FitsWhole(name)),
            ("uuid", "text") => Guarded($"{text}::uuid", $"{text} ~* '{Uuid}'"),
            ("int8", "text") => Guarded($"{text}::int8", ReadableNumber.IsWhole(text)),
            ("float8", "text") => Guarded($"{text}::float8", ReadableNumber.IsDouble(text)),
            // Text without a zone is UTC. A word such as "now" would be another time at each reading.
            ("timestamptz", "text") when server >= ChecksInput => Guarded(
                $"{text}::timestamptz", $"{text} ~ '[0-9]' AND {text} !~* 'now|today|tomorrow|yesterday' AND pg_input_is_valid({text}, 'timestamptz')"),
            ("timestamptz", "text") => Guarded($"{text}::timestamptz", $"{text} ~* '^\\s*{Date}([ T]{Clock}({Zone})?)?\\s*$'"),
            _ => null,
        };

        (string, string) Guarded(string cast, string fits) => ($"(CASE WHEN {fits} THEN {cast} END)", $"{name} IS NULL OR ({fits})");
    }

    /// <summary>Whether the original's value of row <c>s</c> is read as another one, with fewer digits; null where that cannot be.</summary>
    /// <inheritdoc cref="Of"/>
    public static string? IsRounded(OriginalColumn column, string type, int server)
    {
        var text = $"s.{column.Quoted}::text";
        return (type, column.Kind) switch
        {
            ("float8", "numeric") when !(column.Precision?.Digits <= DoubleDigits) => Differs("true"),
            ("float8", "text") => Differs($"{text} ~ '^\\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\\s*$'"),
            ("timestamptz", "text") => $"{Of(column, type, server).Value} IS NOT NULL AND {text} ~ '\\.[0-9]{{6}}[0-9]*[1-9]'",
            _ => null,
        };

        string Differs(string isNumber) =>
            $"CASE WHEN {isNumber} AND {Of(column, type, server).Value} IS NOT NULL THEN {Of(column, type, server).Value}::text::numeric <> {text}::numeric END";
    }
}
