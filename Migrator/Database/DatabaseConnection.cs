using System.Net.Sockets;
using LaunchStack.Migrator.Legacy;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>Opens the target database, waiting for one that is still starting.</summary>
internal static class DatabaseConnection
{
    private const string IdleSessionTimeout = "57P05";

    /// <summary>Orchestrators call a database started before it answers, so the migrator waits by itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A session that was closed counts until its process has ended.
    private static readonly TimeSpan FurtherPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Both sides write values alike and no timeout or limit ends long work, whatever their servers, databases and roles are set to. Not in
    /// the connection string: a pooler in between refuses options there. Where a row-level security policy would hide rows, the
    /// server refuses instead of leaving them out.
    /// </summary>
    public const string SessionSettings =
        "SET timezone = 'UTC'; RESET datestyle; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'; "
        + "SET lc_monetary = 'C'; SET standard_conforming_strings = on; SET array_nulls = on; SET quote_all_identifiers = off; SET transform_null_equals = off; SET row_security = off; "
        + "SET default_transaction_isolation = 'read committed'; SET statement_timeout = 0; SET lock_timeout = 0; "
        + "SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0; "
        // To compile a statement over a thousand chunks takes minutes, and memory for each.
        + "SET jit = off; "
        // Rows of compressed chunks are unpacked to be deleted or added to: however many, not only 100,000. The original may be a hypertable too.
        + "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('transaction_timeout', 'timescaledb.max_tuples_decompressed_per_dml_transaction'); "
        // Compressed and tiered rows are rows.
        + "SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('timescaledb.enable_transparent_decompression', 'timescaledb.enable_tiered_reads'); "
        // Foreign keys hold, and views fall with their triggers, in sessions of this role only; to set it takes a superuser.
        + "SELECT set_config(name, 'origin', false) FROM pg_settings WHERE name = 'session_replication_role' AND setting <> 'origin' AND current_setting('is_superuser') = 'on'";

    /// <summary>Why this session may not write: foreign keys and triggers would let pass what they are there for; null for nothing.</summary>
    public static async Task<string?> ReplicaProblemAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<string>("SHOW session_replication_role", cancellationToken) is "replica"
            ? $"Sessions of {connection.UserName} in database {connection.Database} have session_replication_role = replica, so foreign keys and triggers do not hold there, and it may "
                + "not change that. As a superuser: ALTER ROLE or ALTER DATABASE … RESET session_replication_role; or name another user."
            : null;

    /// <summary>What lets sessions write again where default_transaction_read_only is on.</summary>
    public static string WritableRemedy(NpgsqlConnection connection) =>
        $"Wherever it is set: ALTER DATABASE {OriginalTable.Quote(connection.Database)} RESET default_transaction_read_only, the same for ROLE {OriginalTable.Quote(connection.UserName ?? "")}, "
        + "or take it out of the server's configuration or of the connection string.";

    /// <summary>
    /// Settings every connection needs: the embedded database shares one session between clients, so nothing may be reset
    /// on close or prepared by name; schema work may be long, so only the network says that a machine is gone (within a minute).
    /// </summary>
    public static string Prepare(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            NoResetOnClose = true,
            MaxAutoPrepare = 0,
            CommandTimeout = 0,
            // How many connections there are is for --workers and the servers to say.
            Pooling = true,
            Multiplexing = false,
            MinPoolSize = 0,
            MaxPoolSize = 1000,
            // Bytes of COPY are passed on as they come, and a name has to be the same on both sides.
            ClientEncoding = "UTF8",
            Encoding = "UTF8",
            TcpKeepAlive = true,
            TcpKeepAliveTime = 30,
            TcpKeepAliveInterval = 5,
            IncludeErrorDetail = true,
            ApplicationName = "launchstack-migrator",
        }.ConnectionString;

    /// <summary>Likewise, of several hosts always the primary.</summary>
    public static string PrepareToWrite(string connectionString)
    {
        var prepared = new NpgsqlConnectionStringBuilder(Prepare(connectionString));
        if (prepared.Host?.Contains(',', StringComparison.Ordinal) == true)
            prepared.TargetSessionAttributes = "primary";
        return prepared.ConnectionString;
    }

    /// <summary>Of several hosts only the one that <paramref name="reached"/> is connected to: whether it is a primary was asked then, and Npgsql refuses to ask of one host.</summary>
    public static string ToSameHost(string connectionString, NpgsqlConnection reached) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = reached.Host, Port = reached.Port, TargetSessionAttributes = null, LoadBalanceHosts = false }.ConnectionString;

    /// <param name="connectionString">Where.</param>
    /// <param name="logger">For what is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="isFurther">One that can be done without: a server that has none left (<see cref="IsFull"/>) is not waited for.</param>
    /// <exception cref="SchemaException">The database did not answer in time, or turned us away.</exception>
    /// <exception cref="RefusedException">A pooler stands in between.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(
        string connectionString, ILogger logger, TimeProvider time, CancellationToken cancellationToken, bool isFurther = false)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var connection = new NpgsqlConnection(connectionString);
            try
            {
                await connection.OpenAsync(cancellationToken);
                await RequireDirectAsync(connection, cancellationToken);
                await connection.ExecuteAsync(SessionSettings, cancellationToken);
                return connection;
            }
            catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
            {
                await connection.DisposeAsync();
                var elapsed = time.GetElapsedTime(started);
                var cause = $"{Environment.NewLine}Cause: {ErrorText.Describe(error)}";
                if (!MayPass(error))
                    throw new SchemaException($"The database at {Where(connectionString)} {Refusal(error)}{cause}", error);
                var isSpared = isFurther && IsFull(error);
                if (elapsed > (isSpared ? FurtherPatience : Patience))
                    throw new SchemaException(
                        IsFull(error)
                            ? $"The database at {Where(connectionString)} has had no connection left for {elapsed.TotalSeconds:0} s. "
                                + $"Close some, or allow more (max_connections, CONNECTION LIMIT of the role or the database).{cause}"
                            : $"No database at {Where(connectionString)} after {elapsed.TotalSeconds:0} s. Start it, or correct the connection string.{cause}",
                        error);
                if (!isSpared)
                    DatabaseLog.DatabaseAwaited(logger, elapsed.TotalSeconds, error.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Whether the server, the role or the database has no connection left; of several hosts, one that would do.</summary>
    public static bool IsFull(Exception? error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections }
        || (error is AggregateException several ? several.InnerExceptions.Any(IsFull) : error?.InnerException is { } inner && IsFull(inner));

    /// <summary>For people, without anything secret.</summary>
    public static string Where(string connectionString)
    {
        var named = new NpgsqlConnectionStringBuilder(connectionString);
        return $"{named.Host}:{named.Port}, database {named.Database}";
    }

    /// <summary>
    /// A pooler gives each transaction another session of the server: settings, locks and snapshots would be left to strangers. It
    /// shows before anything is set: the handshake comes from the pooler, the number of the session from the server. The embedded
    /// database, which virtualises sessions, has the number 0.
    /// </summary>
    private static async Task RequireDirectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var session = await connection.ScalarAsync<int>("SELECT pg_backend_pid()", cancellationToken);
        if (session != 0 && session != connection.ProcessID)
            throw new RefusedException(
                $"A connection pooler (PgBouncer, Supavisor, RDS Proxy or the like) stands before the database at {Where(connection.ConnectionString)}: "
                + "the migrator needs sessions of its own, for snapshots, locks and settings. Nothing was changed. "
                + "Name the server itself in the connection string, usually by another port or host name.");
    }

    /// <summary>What a database does that will not have us, and what to do.</summary>
    private static string Refusal(Exception error) => error switch
    {
        PostgresException { SqlState: IdleSessionTimeout or "25P03" or "25P04" or PostgresErrorCodes.QueryCanceled } =>
            "ends our sessions before they can say that they take longer. Raise its timeouts: "
            + "ALTER ROLE or ALTER DATABASE … RESET statement_timeout, idle_session_timeout, transaction_timeout; or Options of the connection string.",
        PostgresException { SqlState: ['5' or 'X', ..] } => "fails at what every session begins with. Remove the cause, then run the migrator again.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "does not let us in. GRANT CONNECT ON DATABASE there to the user that the connection string names, or name another.",
        _ => "refuses us. Correct the connection string.",
    };

    // 3D000: the database is created by whoever starts the server. 53300: too many connections. A server that has started again says
    // so on each connection that the pool still holds (57P01); one that just starts, on a new one (57P03).
    // What Npgsql says by itself, without a cause, is of the connection string: no password.
    private static bool MayPass(Exception error) => error is not PostgresException postgres
        ? error is not NpgsqlException { InnerException: null }
        : postgres.SqlState is "3D000" or "53300"
        || (PostgresErrors.IsLostDatabase(postgres) && postgres.SqlState != IdleSessionTimeout);
}
