using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>What a failed statement means.</summary>
public static class PostgresErrors
{
    /// <summary>
    /// The statement lost against another one, and may succeed when it is repeated. A catalog row that a job's start or end has just
    /// replaced is an internal error to PostgreSQL, not a deadlock.
    /// </summary>
    public static bool IsLostRace(PostgresException e) =>
        e.SqlState == PostgresErrorCodes.DeadlockDetected
        || (e.SqlState == PostgresErrorCodes.InternalError && e.MessageText.StartsWith("tuple concurrently ", StringComparison.Ordinal));

    /// <summary>Two writers met; the same transaction may go again at once.</summary>
    public static bool IsTransient(PostgresException e) => IsLostRace(e) || e.SqlState == PostgresErrorCodes.SerializationFailure;

    /// <summary>Another refresh of the rollup runs, or holds what this one needs: since 2.28 TimescaleDB refuses (55P03) where it waited before.</summary>
    public static bool IsConcurrentRefresh(PostgresException e) =>
        IsTransient(e) || e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ObjectInUse;

    /// <summary>A row is there already (or, within COPY, twice).</summary>
    public static bool IsDuplicateKey(PostgresException e) => e.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>The database cannot do this at all: COPY, on the embedded one.</summary>
    public static bool IsNotSupported(PostgresException e) => e.SqlState == PostgresErrorCodes.FeatureNotSupported;

    /// <summary>
    /// The values are at fault (data exception, constraint, too large, too many compressed rows to open), so others may pass.
    /// </summary>
    public static bool IsAboutValues(Exception e) =>
        e is PostgresException { SqlState: [_, _, ..] state } && (state[..2] is "22" or "23" or "54" || state == "53400");

    /// <summary>A value, a row or a batch of rows beyond a limit of the server, class 54: an index entry of 2.7 kB, a row of 8 kB, 1 GB of anything.</summary>
    public static bool IsTooLarge(PostgresException e) => e.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>
    /// A row that the table does not take: its values (22; syntax of a jsonpath or a tsquery, at no place in the statement), its
    /// constraints (23), itself twice in one statement (21), its size (54).
    /// </summary>
    public static bool IsRefusedRow(PostgresException e) => e.SqlState[..2] is "21" or "22" or "23" || IsTooLarge(e)
        || e is { SqlState: PostgresErrorCodes.SyntaxError, Position: 0, InternalPosition: 0 };

    private const string IdleInTransactionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";

    /// <summary>
    /// The connection is gone, most likely since before the statement: connections in the pool are not told that the server started
    /// again; or the server has ended a transaction that took too long. Not so where no connection could be made at all.
    /// </summary>
    public static bool IsBrokenConnection(Exception e) => e switch
    {
        PostgresException p => p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransactionTimeout or TransactionTimeout,
        NpgsqlException => e.InnerException is IOException,
        _ => false,
    };

    /// <summary>All connections that this process may open are at work: it is busy, whatever the database is.</summary>
    public static bool IsPoolExhausted(Exception e) =>
        e is NpgsqlException { InnerException: TimeoutException } && e.Message.StartsWith("The connection pool has been exhausted", StringComparison.Ordinal);

    /// <summary>The schema is not (or no longer) what was detected.</summary>
    public static bool IsOtherSchema(Exception e) => e is PostgresException
    {
        SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidCatalogName,
    };

    /// <summary>
    /// The database did not do it: no connection, no answer in time, or a refusal of whatever kind; who sent it keeps it and comes again.
    /// Whether that helps without a change of ours, <see cref="Passes"/> tells.
    /// </summary>
    public static bool IsUnavailable(Exception e) =>
        e is NpgsqlException or TimeoutException or SocketException or IOException or OperationCanceledException;

    /// <summary>It will be otherwise by itself: no answer, an outage, a lost race, a schema that the migrator has yet to make. Not a statement that the server refuses as it is.</summary>
    public static bool Passes(Exception e) => e switch
    {
        DatabaseUnavailableException { InnerException: PostgresException inner } => Passes(inner),
        PostgresException p => p.IsTransient || IsOutage(p) || IsLostRace(p) || IsBrokenConnection(p) || IsOtherSchema(p),
        _ => e is DatabaseUnavailableException || IsUnavailable(e),
    };

    /// <summary>The server takes nothing now: connections, resources, shutdown, its system, read only.</summary>
    public static bool IsOutage(Exception e) =>
        e is PostgresException { SqlState: [_, _, ..] state } && (state[..2] is "08" or "53" or "57" or "58" || state == PostgresErrorCodes.ReadOnlySqlTransaction);

    /// <summary>The server takes no writes now, which reads may not notice: read only, its disk full.</summary>
    public static bool IsWriteOutage(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.DiskFull };

    /// <summary>A database went away while work on it went on. 08: connection exceptions. 57P0x: the server is shut down, has crashed, or is starting.</summary>
    public static bool IsLostDatabase(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("57P0", StringComparison.Ordinal),
        NpgsqlException n => n.InnerException is IOException or SocketException or TimeoutException || n.IsTransient,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>A sentence for the client: what is wrong, without addresses.</summary>
    public static string ForClient(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "The database's disk is full (SQLSTATE 53100).",
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "The database is read-only (SQLSTATE 25006).",
            PostgresException p when IsOtherSchema(p) => $"The database lacks the schema (SQLSTATE {p.SqlState}): run the migrator.",
            PostgresException p => $"The database answered with SQLSTATE {p.SqlState}.",
            MissingSchemaException => e.Message,
            _ when IsPoolExhausted(e) => "All connections of this service to the database are at work: send fewer requests at a time, and this one again.",
            OperationCanceledException or TimeoutException => "The database did not answer in time.",
            _ => "The database cannot be reached.",
        };
    }
}
