using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>What a failed statement means.</summary>
public static class PostgresErrors
{
    /// <summary>Two writers met; the same transaction may go again at once.</summary>
    public static bool IsTransient(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>A row is there already (or, within COPY, twice).</summary>
    public static bool IsDuplicateKey(PostgresException e) => e.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>The database cannot do this at all: COPY, on the embedded one.</summary>
    public static bool IsNotSupported(PostgresException e) => e.SqlState == PostgresErrorCodes.FeatureNotSupported;

    /// <summary>
    /// The values are at fault (data exception, constraint, too large, too many compressed rows to open), so others may pass.
    /// </summary>
    public static bool IsAboutValues(Exception e) =>
        e is PostgresException { SqlState: [_, _, ..] state } && (state[..2] is "22" or "23" or "54" || state == "53400");

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

    /// <summary>The schema is not (or no longer) what was detected.</summary>
    public static bool IsOtherSchema(Exception e) => e is PostgresException
    {
        SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidCatalogName,
    };

    /// <summary>Neither answer nor refusal: connection, time-out, shutdown, disk full, read only.</summary>
    public static bool IsUnavailable(Exception e) =>
        e is NpgsqlException or TimeoutException or SocketException or IOException or OperationCanceledException;

    /// <summary>The server takes nothing now: connections, resources, shutdown, its system, read only.</summary>
    public static bool IsOutage(Exception e) =>
        e is PostgresException { SqlState: [_, _, ..] state } && (state[..2] is "08" or "53" or "57" or "58" || state == PostgresErrorCodes.ReadOnlySqlTransaction);

    /// <summary>A sentence for the client: what is wrong, without addresses.</summary>
    public static string Describe(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "The database's disk is full (SQLSTATE 53100).",
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "The database is read-only (SQLSTATE 25006).",
            PostgresException p when IsOtherSchema(p) => $"The database lacks the schema (SQLSTATE {p.SqlState}): run the migrator.",
            PostgresException p => $"The database answered with SQLSTATE {p.SqlState}.",
            MissingSchemaException => e.Message,
            OperationCanceledException or TimeoutException => "The database did not answer in time.",
            _ => "The database cannot be reached.",
        };
    }
}
