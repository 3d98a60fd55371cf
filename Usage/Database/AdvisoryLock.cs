using System.Data;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// A lock of the session by its number. The pool does not reset its connections, so it is given back by hand. All numbers stand here:
/// any will do as long as no other lock of the database has it, and none may change while an older version runs.
/// </summary>
public static class AdvisoryLock
{
    /// <summary>Whoever brings the schema to its newest.</summary>
    public const long Schema = 0x6C61756E63687374;

    /// <summary>Whoever moves samples into the database.</summary>
    public const long Migration = 0x6D69677261746521;

    /// <summary>Whoever refreshes rollups.</summary>
    public const long Rollups = 0x726F6C6C757073;

    /// <summary>Whoever makes, drills or restores a backup.</summary>
    public const long Backups = 0x6261636B757073;

    /// <summary>The statement with which writers to the original's table keep each other out until their commit, while they look for what is there already: it has no unique key.</summary>
    public const string TakeForOriginal = "SELECT pg_advisory_xact_lock(7310412009)";

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
