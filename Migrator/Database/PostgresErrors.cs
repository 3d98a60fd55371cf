using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>What an error of a server means.</summary>
internal static class PostgresErrors
{
    /// <summary>What helps when a value is beyond a limit of the target.</summary>
    public const string TooLargeRemedy =
        "Offer a view in place of the original's samples that leaves out the large column or cuts its values, then run the same verb again.";

    /// <summary>A value, a row or a batch of rows beyond a limit of the server, class 54: an index entry of 2.7 kB, a row of 8 kB, 1 GB of anything.</summary>
    public static bool IsTooLarge(PostgresException error) => error.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>A row that the table does not take: its values (22), its constraints (23), itself twice in one statement (21), its size (54).</summary>
    public static bool IsRefusedRow(PostgresException error) => error.SqlState[..2] is "21" or "22" or "23" || IsTooLarge(error);

    /// <summary>Why a row is refused, without the value at fault: rows are counted by reason.</summary>
    public static string Reason(PostgresException error)
    {
        var value = error.MessageText.IndexOf(": \"", StringComparison.Ordinal);
        return $"{error.SqlState}: {(value < 0 ? error.MessageText : error.MessageText[..value])}";
    }

    /// <summary>What a server says, with its detail, its hint and where it happened.</summary>
    public static string Describe(Exception error)
    {
        // A refusal of ours says it better than the server's error within it.
        if ((error as PostgresException ?? (error is RefusedException or SchemaException ? null : error.InnerException as PostgresException)) is not { } postgres)
            return error.Message;
        var parts = new List<string> { $"{postgres.SqlState}: {postgres.MessageText}" };
        if (!string.IsNullOrEmpty(postgres.Detail) && !ShowsRow(postgres))
            parts.Add($"Detail: {postgres.Detail}");
        if (!string.IsNullOrEmpty(postgres.Hint))
            parts.Add($"Hint: {postgres.Hint}");
        if (!string.IsNullOrEmpty(postgres.Where))
            parts.Add($"Where: {postgres.Where.Split('\n')[0]}");
        return string.Join(Environment.NewLine + "  ", parts);
    }

    // NULL where none may be, a CHECK, a view's check: the detail is the whole row, whatever stands in it (password hashes, tokens).
    private static bool ShowsRow(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation or PostgresErrorCodes.WithCheckOptionViolation;

    /// <summary>
    /// The statement lost against another one, and may succeed when it is repeated. A catalog row that a job's start or end has just
    /// replaced is an internal error to PostgreSQL, not a deadlock.
    /// </summary>
    public static bool IsLostRace(PostgresException error) =>
        error.SqlState == PostgresErrorCodes.DeadlockDetected
        || (error.SqlState == PostgresErrorCodes.InternalError && error.MessageText.StartsWith("tuple concurrently ", StringComparison.Ordinal));

    /// <summary>A database went away. 08: connection exceptions. 57P0x: the server is shut down, has crashed, or is starting.</summary>
    public static bool IsLostDatabase(Exception error) => error switch
    {
        PostgresException postgres => postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("57P0", StringComparison.Ordinal),
        NpgsqlException npgsql => npgsql.InnerException is IOException or SocketException or TimeoutException || npgsql.IsTransient,
        SocketException or TimeoutException => true,
        _ => false,
    };
}
