using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>What a server has left for us.</summary>
/// <param name="Connections">More connections for this user to this database, this one included.</param>
/// <param name="Limit">What allows no more of them, for people.</param>
/// <param name="Locks">Rows of the lock table, for all sessions together.</param>
internal sealed record ServerCapacity(long Connections, string Limit, long Locks)
{
    // Limits of roles and databases do not bind superusers; what is reserved is for them, and since 16 for whom a role lets. Of others'
    // sessions pg_read_all_stats alone shows what they are: then all in a database count.
    private const string Left =
        """
        WITH me AS (SELECT r.oid, r.rolname, r.rolsuper, r.rolconnlimit,
                      CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int8
                        + CASE WHEN EXISTS (SELECT FROM pg_roles u WHERE u.rolname = 'pg_use_reserved_connections' AND pg_has_role(r.oid, u.oid, 'USAGE')) THEN 0
                          ELSE coalesce(current_setting('reserved_connections', true)::int8, 0) END END AS reserved
               FROM pg_roles r WHERE r.rolname = session_user),
        db AS (SELECT oid, datname, datconnlimit FROM pg_database WHERE datname = current_database()),
        used AS (SELECT count(*) AS n, count(*) FILTER (WHERE a.usesysid = (SELECT oid FROM me)) AS by_role,
                        count(*) FILTER (WHERE a.datid = (SELECT oid FROM db)) AS by_database
                 FROM pg_stat_activity a
                 WHERE CASE WHEN a.backend_type IS NULL THEN a.datid IS NOT NULL ELSE a.backend_type = 'client backend' END AND a.pid <> pg_backend_pid())
        SELECT l.free, l.name,
               current_setting('max_locks_per_transaction')::int8 * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8)
        FROM me, db, used, LATERAL (VALUES
          (current_setting('max_connections')::int8 - used.n - me.reserved, 'max_connections'),
          (CASE WHEN me.rolsuper OR me.rolconnlimit < 0 THEN 1000000 ELSE me.rolconnlimit - used.by_role END, 'CONNECTION LIMIT of role ' || me.rolname),
          (CASE WHEN me.rolsuper OR db.datconnlimit < 0 THEN 1000000 ELSE db.datconnlimit - used.by_database END, 'CONNECTION LIMIT of database ' || db.datname)
        ) l (free, name) ORDER BY l.free LIMIT 1
        """;

    public static async Task<ServerCapacity> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(Left, r => new ServerCapacity(Math.Max(1, r.GetInt64(0)), r.GetString(1), r.GetInt64(2)), cancellationToken))[0];
}
