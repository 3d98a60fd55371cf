using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Outbox;

/// <summary>
/// Leases rows of the outbox table and deletes them. Publishing takes place between two short transactions, never inside one: the
/// embedded database has a single session, and a transaction held open over a slow broker would hold up every writer.
/// </summary>
internal sealed class OutboxStore(NpgsqlDataSource dataSource)
{
    /// <summary>A relay that dies with a lease keeps its rows from the others this long; they are then published again.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const string Claim =
        """
        UPDATE outbox SET claimed_until = now() + $1
        WHERE id IN (SELECT id FROM outbox WHERE claimed_until IS NULL OR claimed_until < now()
                     ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, message_id, message_type, body::text, traceparent, tracestate
        """;

    /// <summary>False on the original schema, which has no outbox.</summary>
    public Task<bool> ExistsAsync(CancellationToken cancellationToken) =>
        dataSource.ScalarAsync<bool>("SELECT to_regclass('public.outbox') IS NOT NULL", cancellationToken);

    /// <summary>Leases up to <paramref name="limit"/> rows, oldest first.</summary>
    public async Task<IReadOnlyList<OutboxMessage>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var messages = await dataSource.QueryAsync(
            Claim,
            static row => new OutboxMessage(row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Text(4), row.Text(5)),
            cancellationToken, Lease, limit);
        // RETURNING keeps no order.
        messages.Sort((a, b) => a.Id.CompareTo(b.Id));
        return messages;
    }

    /// <summary>Removes rows that the broker has confirmed.</summary>
    public Task DeleteAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync("DELETE FROM outbox WHERE id = ANY($1)", cancellationToken, ids.ToArray());

    /// <summary>Gives rows back before their lease ends.</summary>
    public Task ReleaseAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync("UPDATE outbox SET claimed_until = NULL WHERE id = ANY($1)", cancellationToken, ids.ToArray());

    /// <summary>Keeps rows that cannot be published, out of the way; an operator frees them with <c>claimed_until = NULL</c>.</summary>
    public Task SetAsideAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync("UPDATE outbox SET claimed_until = 'infinity' WHERE id = ANY($1)", cancellationToken, ids.ToArray());
}
