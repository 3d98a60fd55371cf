using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Outbox;

/// <summary>
/// Leases rows of the outbox table and deletes them. Publishing takes place between two short transactions, never inside one: the
/// embedded database has a single session, and a transaction held open over a slow broker would hold up every writer.
/// </summary>
public sealed class OutboxStore(NpgsqlDataSource dataSource, DatabaseExecutor database)
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

    private const string HasTable = "SELECT to_regclass('public.outbox') IS NOT NULL";
    private const string IsSetAside = "claimed_until = 'infinity'";

    /// <summary>Leases up to <paramref name="limit"/> rows, oldest first.</summary>
    internal async Task<IReadOnlyList<OutboxMessage>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var messages = await database.RunInBackgroundAsync(
            token => dataSource.QueryAsync(
                Claim,
                static row => new OutboxMessage(row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Text(4), row.Text(5)),
                token, Lease, limit),
            cancellationToken);
        // RETURNING keeps no order.
        messages.Sort((a, b) => a.Id.CompareTo(b.Id));
        return messages;
    }

    /// <summary>Removes rows that the broker has confirmed.</summary>
    internal Task DeleteAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        ExecuteAsync("DELETE FROM outbox WHERE id = ANY($1)", ids, cancellationToken);

    /// <summary>Gives rows back before their lease ends.</summary>
    internal Task ReleaseAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        ExecuteAsync("UPDATE outbox SET claimed_until = NULL WHERE id = ANY($1)", ids, cancellationToken);

    /// <summary>Keeps rows that cannot be published, out of the way of the others.</summary>
    internal Task SetAsideAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        ExecuteAsync("UPDATE outbox SET claimed_until = 'infinity' WHERE id = ANY($1)", ids, cancellationToken);

    /// <summary>Rows set aside; 0 on the original schema.</summary>
    public Task<long> CountSetAsideAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) =>
            await connection.ScalarAsync<bool>(HasTable, token) ? await connection.ScalarAsync<long>($"SELECT count(*) FROM outbox WHERE {IsSetAside}", token) : 0,
        cancellationToken);

    /// <summary>Lets rows set aside be tried again, as after an upgrade that knows their type.</summary>
    /// <returns>How many.</returns>
    public Task<long> FreeAsync(CancellationToken cancellationToken) => database.WriteAsync<long>(
        async (connection, token) =>
            await connection.ScalarAsync<bool>(HasTable, token) ? await connection.ExecuteAsync($"UPDATE outbox SET claimed_until = NULL WHERE {IsSetAside}", token) : 0,
        cancellationToken);

    private Task<int> ExecuteAsync(string sql, IEnumerable<long> ids, CancellationToken cancellationToken) =>
        database.RunInBackgroundAsync(token => dataSource.ExecuteAsync(sql, token, ids.ToArray()), cancellationToken);
}
