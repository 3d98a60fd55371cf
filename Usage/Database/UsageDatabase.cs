using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>What the services are connected to, found by looking at it.</summary>
/// <param name="Schema">Hypertable or original table.</param>
/// <param name="Table">Name of the sample table, unquoted.</param>
/// <param name="TimescaleVersion">Version of the extension, null where there is none.</param>
/// <param name="HasBackgroundWorkers">False where policies never run by themselves (embedded database).</param>
public sealed record UsageDatabase(UsageSchema Schema, string Table, Version? TimescaleVersion, bool HasBackgroundWorkers)
{
    private const string Probe =
        """
        SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('resource_usage') AND attname = 'received_at'),
               to_regclass('resource_usages') IS NOT NULL,
               to_regclass('resource_usage') IS NOT NULL,
               EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB%')
        """;

    /// <summary>Looks at the database.</summary>
    /// <exception cref="MissingSchemaException">It holds no sample table.</exception>
    public static async Task<UsageDatabase> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Probe, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);

        var extension = reader.IsDBNull(0) ? null : Version.Parse(reader.GetString(0).Split('-')[0]);
        var workers = reader.GetBoolean(4);
        if (reader.GetBoolean(1))
            return new(UsageSchema.Hypertable, "resource_usage", extension, workers);
        if (reader.GetBoolean(2))
            return new(UsageSchema.Legacy, "resource_usages", extension, workers);
        if (reader.GetBoolean(3))
            return new(UsageSchema.Legacy, "resource_usage", extension, workers);

        throw MissingSchemaException.Of("sample");
    }
}
