using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>
/// One refresher at a time, over all replicas: an advisory lock, since a second refresh of the same span waits, or (TimescaleDB since 2.28) is refused.
/// The embedded database has one session for everybody, for which its own lock is no obstacle; there the session itself makes the
/// statements of several replicas wait for each other, and within the process a semaphore does.
/// </summary>
internal sealed class RollupLock(NpgsqlDataSource dataSource, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _process = new(1, 1);

    /// <summary>Runs <paramref name="action"/> under the lock.</summary>
    public async Task RunAsync(UsageDatabase database, Func<Task> action, CancellationToken cancellationToken)
    {
        await _process.WaitAsync(cancellationToken);
        try
        {
            if (!database.HasBackgroundWorkers)
            {
                await action();
                return;
            }
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            while (!await connection.TryLockAsync(AdvisoryLock.Rollups, cancellationToken))
                await Task.Delay(Pause, time, cancellationToken);
            try
            {
                await action();
            }
            finally
            {
                await connection.UnlockAsync(AdvisoryLock.Rollups);
            }
        }
        finally
        {
            _process.Release();
        }
    }

    public void Dispose() => _process.Dispose();
}
