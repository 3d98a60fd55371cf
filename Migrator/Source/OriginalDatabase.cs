using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Source;

/// <summary>What the original database holds, found by looking at it.</summary>
/// <param name="Identity">System identifier and database: a resumed run must meet the same one.</param>
/// <param name="Generation">1, 2 or 3.</param>
/// <param name="Samples">The sample table.</param>
/// <param name="Relations">users, instances, payments, as far as they are there, in the order of their references.</param>
internal sealed record OriginalDatabase(string Identity, int Generation, OriginalTable Samples, IReadOnlyList<OriginalTable> Relations)
{
    private const string Tables =
        """
        SELECT n.nspname::text, c.relname::text,
               c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid),
               CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) ELSE 0 END, c.oid::int8
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND lower(c.relname) = $1
          AND n.nspname !~ '^(pg_|_timescaledb|timescaledb_)' AND n.nspname <> 'information_schema'
        ORDER BY n.nspname <> 'public', c.relname <> $1, n.nspname, c.relname LIMIT 1
        """;

    private const string Columns =
        """
        SELECT a.attname::text, format_type(a.atttypid, a.atttypmod),
               a.atttypid < 16384 AND t.typtype IN ('b', 'r', 'm') AND t.typsend <> 0 AND t.typname !~ '^_?(reg|xml$|aclitem$|pg_|oid$|xid|cid$)'
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """;

    /// <exception cref="SchemaException">It is too old, or holds no sample table.</exception>
    /// <exception cref="RefusedException">The connection's user may not read all of it.</exception>
    public static async Task<OriginalDatabase> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < 14)
            throw new SchemaException($"The original runs PostgreSQL {connection.PostgreSqlVersion}; 14 or later is needed to read it by ranges of blocks.");

        var plural = await FindAsync(connection, "resource_usages", cancellationToken);
        var samples = plural ?? await FindAsync(connection, "resource_usage", cancellationToken)
            ?? throw new SchemaException(
                $"Database {connection.Database} has neither resource_usages nor resource_usage: it is no original LaunchStack database. Correct ConnectionStrings__original.");
        if (samples.Find("received_at") is not null)
            throw new SchemaException("ConnectionStrings__original points at a database with the new schema. Point it at the original one.");
        foreach (var needed in new[] { "instance_id", "timestamp" })
        {
            if (samples.Find(needed) is null)
                throw new SchemaException($"{samples.Quoted} of the original has no column {needed}, which is half of a sample's identity. Offer a view that has it.");
        }

        var relations = new List<OriginalTable>();
        foreach (var name in new[] { "users", "instances", "payments" })
        {
            if (await FindAsync(connection, name, cancellationToken) is { } table)
                relations.Add(table);
        }

        await OriginalAccess.RequireAsync(connection, [.. relations, samples], cancellationToken);
        await using var identify = new NpgsqlCommand(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || current_database()", connection);
        var identity = (string)(await identify.ExecuteScalarAsync(cancellationToken))!;
        var generation = plural is null ? 3 : samples.Find("updated_at") is null ? 1 : 2;
        return new(identity, generation, samples, relations);
    }

    private static async Task<OriginalTable?> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        OriginalTable table;
        long oid;
        await using (var command = new NpgsqlCommand(Tables, connection) { Parameters = { new() { Value = name } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
                return null;
            table = new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetInt64(3), []);
            oid = reader.GetInt64(4);
        }

        var columns = new List<OriginalColumn>();
        await using (var command = new NpgsqlCommand(Columns, connection) { Parameters = { new() { Value = oid } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        }

        return table with { Columns = columns };
    }
}
