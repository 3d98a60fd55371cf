using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>Schema changes and refreshes can meet a background job that began before it was paused; the database ends one of the two.</summary>
internal static class DeadlockRetry
{
    private const int Attempts = 5;

    /// <summary>Repeats <paramref name="work"/>, which leaves nothing behind when it fails, while it loses against another.</summary>
    public static Task RunAsync(Func<Task> work) => RunAsync(async () =>
    {
        await work();
        return true;
    });

    /// <summary>Likewise, with a result.</summary>
    public static async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (PostgresException error) when (PostgresErrors.IsLostRace(error) && attempt < Attempts)
            {
                // The other one has gone on meanwhile.
            }
        }
    }
}
