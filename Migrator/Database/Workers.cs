namespace LaunchStack.Migrator.Database;

/// <summary>Works at once, each over connections of its own.</summary>
internal static class Workers
{
    /// <summary>Runs all at once. The failure of one ends the others at their next statement, and is the one that is thrown.</summary>
    /// <param name="workers">One for each.</param>
    /// <param name="work">What each does; its token stops too when another has failed.</param>
    /// <param name="cancellationToken">Stops all.</param>
    public static Task RunAsync<T>(IReadOnlyCollection<T> workers, Func<T, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            workers, new ParallelOptions { MaxDegreeOfParallelism = workers.Count, CancellationToken = cancellationToken }, async (worker, stop) => await work(worker, stop));
}
