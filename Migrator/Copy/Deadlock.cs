using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>Schema changes and refreshes can meet a background job that began before it was paused; the database ends one of the two.</summary>
internal static class Deadlock
{
    private const int Attempts = 5;

    /// <summary>Repeats <paramref name="work"/>, which leaves nothing behind when it fails, while it loses against another.</summary>
    public static async Task RetryAsync(Func<Task> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await work();
                return;
            }
            catch (PostgresException error) when (IsMeantBy(error) && attempt < Attempts)
            {
                // The other one has gone on meanwhile.
            }
        }
    }

    // A catalog row that a job's start or end has just replaced is an internal error to PostgreSQL, not a deadlock.
    private static bool IsMeantBy(PostgresException error) =>
        error.SqlState == PostgresErrorCodes.DeadlockDetected
        || (error.SqlState == PostgresErrorCodes.InternalError && error.MessageText.StartsWith("tuple concurrently ", StringComparison.Ordinal));
}
