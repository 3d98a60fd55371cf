using System.Data;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>A lock of the session by its number. The pool does not reset its connections, so it is given back by hand.</summary>
public static class AdvisoryLock
{
    /// <summary>False where another session has it.</summary>
    public static Task<bool> TryLockAsync(this NpgsqlConnection connection, long key, CancellationToken cancellationToken) =>
        connection.ScalarAsync<bool>("SELECT pg_try_advisory_lock($1)", cancellationToken, key);

    /// <summary>Gives it back; a broken connection has lost it with its session.</summary>
    public static async Task UnlockAsync(this NpgsqlConnection connection, long key)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.State == ConnectionState.Open)
            await connection.ExecuteAsync("SELECT pg_advisory_unlock($1)", CancellationToken.None, key);
    }
}
