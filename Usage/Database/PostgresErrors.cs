using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>What a failed statement means for the rows it carried.</summary>
internal static class PostgresErrors
{
    private const string IdleInTransactionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";

    /// <summary>Two writers met; the same set may go again at once.</summary>
    public static bool IsTransient(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>A row is there already (or, within COPY, twice).</summary>
    public static bool IsDuplicate(PostgresException e) => e.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>COPY is not supported here.</summary>
    public static bool IsRefused(PostgresException e) => e.SqlState == PostgresErrorCodes.FeatureNotSupported;

    /// <summary>
    /// The values are at fault (data exception, constraint, too large, too many compressed rows to open), so other rows may pass.
    /// </summary>
    public static bool IsAboutRows(PostgresException e) =>
        e.SqlState is [_, _, ..] state && state[..2] is "22" or "23" or "54" || e.SqlState == "53400";

    /// <summary>
    /// The connection is gone, most likely since before the statement: what lay in the pool did not hear that the server started again,
    /// or the server has ended a transaction that took too long.
    /// Not so where no connection could be made at all.
    /// </summary>
    public static bool IsBroken(NpgsqlException e) => e is PostgresException
        ? e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransactionTimeout or TransactionTimeout
        : e.InnerException is IOException;

    /// <summary>The schema is not (or no longer) what was detected.</summary>
    public static bool IsSchema(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidCatalogName;

    /// <summary>Neither answer nor refusal: connection, time-out, shutdown, disk full, read only.</summary>
    public static bool IsAway(Exception e) =>
        e is NpgsqlException or TimeoutException or SocketException or IOException or OperationCanceledException;

    /// <summary>A sentence for the client: what is wrong, without addresses.</summary>
    public static string Describe(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "The database's disk is full (SQLSTATE 53100).",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "The database is read-only (SQLSTATE 25006).",
        PostgresException p when IsSchema(p) => $"The database lacks the schema (SQLSTATE {p.SqlState}): run the migrator.",
        PostgresException p => $"The database answered with SQLSTATE {p.SqlState}.",
        InvalidOperationException => e.Message,
        OperationCanceledException or TimeoutException => "The database did not answer in time.",
        _ => "The database cannot be reached.",
    };
}
