using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.ServiceDefaults.Outbox;

/// <summary>
/// Leases rows of the outbox table and deletes them. Publishing takes place between two short transactions, never inside one: the
/// embedded database has a single session, and a transaction held open over a slow broker would hold up every writer.
/// </summary>
internal sealed class OutboxStore(NpgsqlDataSource dataSource)
{
    /// <summary>A relay that dies with a lease keeps its rows from the others this long; they are then published again.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const string ClaimSql =
        """
        UPDATE outbox SET claimed_until = now() + $1
        WHERE id IN (SELECT id FROM outbox WHERE claimed_until IS NULL OR claimed_until < now()
                     ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, message_id, message_type, body::text, traceparent, tracestate, created_at
        """;

    /// <summary>False on the original schema, which has no outbox.</summary>
    public async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT to_regclass('public.outbox') IS NOT NULL");
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Leases up to <paramref name="limit"/> rows, oldest first.</summary>
    public async Task<IReadOnlyList<OutboxMessage>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ClaimSql);
        command.Parameters.Add(new() { Value = Lease, NpgsqlDbType = NpgsqlDbType.Interval });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        var messages = new List<OutboxMessage>();
        while (await reader.ReadAsync(cancellationToken))
            messages.Add(new(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.GetFieldValue<DateTimeOffset>(6)));
        // RETURNING keeps no order.
        messages.Sort((a, b) => a.Id.CompareTo(b.Id));
        return messages;
    }

    /// <summary>Removes rows that the broker has confirmed.</summary>
    public async Task DeleteAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("DELETE FROM outbox WHERE id = ANY($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives rows back before their lease ends.</summary>
    public async Task ReleaseAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE outbox SET claimed_until = NULL WHERE id = ANY($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps rows that cannot be published, out of the way; an operator frees them with <c>claimed_until = NULL</c>.</summary>
    public async Task SetAsideAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE outbox SET claimed_until = 'infinity' WHERE id = ANY($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
