using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The statements about the server, its connections and its log.</summary>
internal static class ServerReader
{
    public static async Task<ServerState> ServerAsync(NpgsqlConnection connection, long? memory, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            """
            SELECT current_setting('server_version'), (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
                   version() LIKE '%Emscripten%', pg_database_size(current_database()),
                   pg_size_bytes(current_setting('shared_buffers')), pg_size_bytes(current_setting('effective_cache_size')), pg_postmaster_start_time()
            """,
            row => new ServerState(
                row.GetString(0), row.Text(1), row.GetBoolean(2), row.GetInt64(3), row.GetInt64(4), memory ?? row.GetInt64(5),
                row.GetFieldValue<DateTimeOffset>(6)),
            cancellationToken))[0];

    public static async Task<ConnectionState?> ConnectionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            """
            SELECT count(*), current_setting('max_connections')::integer, count(*) FILTER (WHERE state = 'active'),
                   count(*) FILTER (WHERE state LIKE 'idle in transaction%')
            FROM pg_stat_activity WHERE backend_type = 'client backend'
            """,
            row => new ConnectionState(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3)), cancellationToken))[0];

    // Ids up to 2 are special: of a database that has never been vacuumed as a whole, age() says the largest number there is.
    public static async Task<TransactionState?> TransactionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            """
            SELECT coalesce((SELECT max(age(datfrozenxid)) FROM pg_database WHERE datfrozenxid::text::bigint > 2), 0)::bigint, current_setting('autovacuum_freeze_max_age')::bigint,
                   coalesce((SELECT extract(epoch FROM now() - min(xact_start)) FROM pg_stat_activity
                             WHERE datname = current_database() AND backend_type = 'client backend'), 0)::float8
            """,
            row => new TransactionState(row.GetInt64(0), row.GetInt64(1), row.GetDouble(2)), cancellationToken))[0];

    public static async Task<LogState?> LogAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var written = await connection.ScalarAsync<long>(
            "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::bigint", cancellationToken);
        var kept = await connection.ScalarAsync<bool>("SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')", cancellationToken)
            ? await connection.ScalarAsync<long?>("SELECT sum(size)::bigint FROM pg_ls_waldir()", cancellationToken)
            : null;
        return new(written, kept);
    }

    public static async Task<IReadOnlyList<ReplicaState>> ReplicasAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            """
            SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text), coalesce(state, 'unknown'),
                   (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - replay_lsn)::bigint,
                   extract(epoch FROM replay_lag)::float8
            FROM pg_stat_replication
            """,
            row => new ReplicaState(row.GetString(0), row.GetString(1), row.Value<long>(2), row.Value<double>(3)), cancellationToken);

    public static async Task<IReadOnlyList<SlotState>> SlotsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            """
            SELECT slot_name::text, active,
                   coalesce(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - restart_lsn, 0)::bigint
            FROM pg_replication_slots
            """,
            row => new SlotState(row.GetString(0), row.GetBoolean(1), row.GetInt64(2)), cancellationToken);

    public static async Task<OutboxState?> OutboxAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            """
            SELECT count(*) FILTER (WHERE w), coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE w)), 0)::float8, count(*) FILTER (WHERE NOT w)
            FROM (SELECT created_at, claimed_until IS DISTINCT FROM 'infinity' AS w FROM outbox) o
            """,
            row => new OutboxState(row.GetInt64(0), row.GetDouble(1), row.GetInt64(2)), cancellationToken))[0];
}
