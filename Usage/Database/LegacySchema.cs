using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>The columns of the original's sample table, whose three generations differ.</summary>
/// <param name="Table">Name of the table.</param>
/// <param name="Columns">Type and nullability by column name.</param>
internal sealed record LegacySchema(string Table, IReadOnlyDictionary<string, (string Type, bool Nullable)> Columns)
{
    private const string Query =
        """
        SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = $1
        """;

    private static readonly string[] Measures =
        ["cpu_usage", "memory_usage", "memory_limit", "disk_usage", "network_in", "network_out"];

    public static async Task<LegacySchema> ReadAsync(NpgsqlDataSource dataSource, string table, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Query);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new Dictionary<string, (string, bool)>();
        while (await reader.ReadAsync(cancellationToken))
            columns[reader.GetString(0)] = (reader.GetString(1), reader.GetBoolean(2));
        return new(table, columns);
    }

    /// <summary>Time of an incoming row as the table keeps it: generation 1 has UTC without a zone.</summary>
    public string Time => Instant("i.\"timestamp\"", "timestamp");

    /// <summary>Measures that the table has and that may be null, so that they can be filled later.</summary>
    public IEnumerable<string> Fillable => Measures.Where(m => Columns.TryGetValue(m, out var column) && column.Nullable);

    /// <summary>Column names and the expressions over <c>incoming i</c> that fill them.</summary>
    public IEnumerable<(string Column, string Expression)> Insertable()
    {
        if (Columns.ContainsKey("id"))
            yield return ("id", "gen_random_uuid()");
        yield return ("instance_id", "i.instance_id");
        yield return ("\"timestamp\"", Time);
        foreach (var measure in Measures)
        {
            if (Columns.TryGetValue(measure, out var column))
                yield return (measure, column.Nullable ? $"i.{measure}" : $"coalesce(i.{measure}, 0)");
        }
        if (Columns.ContainsKey("memory_percentage"))
            yield return ("memory_percentage", "i.memory_usage * 100.0 / nullif(i.memory_limit, 0)");
        foreach (var stamp in new[] { "created_at", "updated_at" })
        {
            if (Columns.ContainsKey(stamp))
                yield return (stamp, Instant("now()", stamp));
        }
    }

    private string Instant(string expression, string column) =>
        Columns.TryGetValue(column, out var found) && found.Type == "timestamp without time zone"
            ? $"{expression} AT TIME ZONE 'UTC'"
            : expression;
}
