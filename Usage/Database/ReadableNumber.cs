namespace LaunchStack.Usage.Database;

/// <summary>
/// Conditions, over SQL expressions, on which a value of an original can be read as a measure. A cast that the server cannot do ends the
/// whole statement, so values are looked at first: whatever PostgreSQL itself reads as the type is read. The migrator moves by these
/// what the services show when they run on the original.
/// </summary>
public static class ReadableNumber
{
    /// <summary>Text that is a <c>double precision</c>, NaN and the infinities too.</summary>
    // jsonpath's own reading of a double ends in no error; it takes neither NaN nor the infinities.
    public static string IsDouble(string text) =>
        $"jsonb_path_exists(to_jsonb({text}), '$.double()', '{{}}', true) IS TRUE OR {text} ~* '^\\s*[-+]?(nan|inf|infinity)\\s*$'";

    /// <summary>Text that is a <c>bigint</c>.</summary>
    public static string IsWhole(string text) =>
        $"{text} ~ '^\\s*[-+]?0*[0-9]{{1,18}}\\s*$' OR ({text} ~ '^\\s*[-+]?0*[0-9]{{19}}\\s*$' "
        + $"AND right(btrim({text}, E' \\t\\n\\r\\f\\v'), 19) <= '9223372036854775807' COLLATE \"C\")";

    /// <summary>A <c>numeric</c> or a float that is a <c>bigint</c>: a fraction, NaN or a value beyond it would not come back as it was.</summary>
    public static string FitsWhole(string number) =>
        $"{number} = trunc({number}) AND {number} >= -9223372036854775808 AND {number} < 9223372036854775808";
}
