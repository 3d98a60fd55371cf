using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// A rollup beside what its own definition makes of the level beneath, so that the two can only differ by what is kept. Every column must be
/// equal but sums of floats, whose last bits depend on the order of the rows.
/// </summary>
public sealed class RollupComparison
{
    /// <summary>How far two sums of floats may be apart, as a share of them.</summary>
    public const string Tolerance = "1e-10";

    private readonly string _rollup;
    private readonly string _definition;

    private RollupComparison(string rollup, string definition, IReadOnlyList<(string Name, bool IsFloatSum)> columns)
    {
        (_rollup, _definition) = (rollup, definition.TrimEnd(' ', '\n', ';'));
        var sums = columns.Where(column => column.IsFloatSum).Select(column => column.Name);
        Differs = string.Join(" OR ", sums.Select(DiffersInSum).Prepend($"ROW({Exact("e")}) IS DISTINCT FROM ROW({Exact("f")})"));

        string Exact(string side) => string.Join(", ", columns.Where(column => !column.IsFloatSum).Select(column => $"{side}.{column.Name}"));
    }

    /// <summary>Condition for a bucket of <see cref="Sides"/> to differ.</summary>
    public string Differs { get; }

    /// <summary>Looks at a rollup; null where there is none.</summary>
    public static async Task<RollupComparison?> FindAsync(NpgsqlConnection connection, string rollup, CancellationToken cancellationToken)
    {
        var definition = await connection.ScalarAsync<string>(
            "SELECT view_definition FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'public' AND view_name = $1", cancellationToken, rollup);
        return definition is null ? null : new(rollup, definition, await connection.QueryAsync(
            """
            SELECT quote_ident(attname), atttypid = 'float8'::regtype AND right(attname, 4) = '_sum' FROM pg_attribute
            WHERE attrelid = ('public.' || quote_ident($1))::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
            """, static row => (row.GetString(0), row.GetBoolean(1)), cancellationToken, rollup));
    }

    /// <summary>The buckets of both: <c>e</c> as they are expected, <c>f</c> as they were found.</summary>
    /// <param name="bounds">Condition on <c>bucket</c>.</param>
    public string Sides(string bounds) =>
        $"""
        (SELECT * FROM ({_definition}) d WHERE {bounds}) e
        FULL JOIN (SELECT * FROM {_rollup} WHERE {bounds}) f ON e.instance_id = f.instance_id AND e.bucket = f.bucket
        """;

    private static string DiffersInSum(string column) =>
        $"(e.{column} IS NULL) <> (f.{column} IS NULL) OR coalesce(abs(e.{column} - f.{column}) > {Tolerance} * greatest(abs(e.{column}), abs(f.{column}), 1), false)";
}
