using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Lets a read that is silent although the server answers run a second time, over new connections: its own may have died without a word.
/// One read at a time, since slow statements must not all run twice, until a second run was faster; from then on all reads that began
/// before.
/// </summary>
internal sealed class ReadHedge(NpgsqlDataSource dataSource, TimeProvider time)
{
    private long _provedAt = long.MinValue;
    private int _isTaken;

    /// <summary>Starts a second run of a read that began at <paramref name="startedAt"/>; null when it may not run now.</summary>
    public Task<T>? TryStart<T>(Func<Task<T>> read, long startedAt)
    {
        if (Volatile.Read(ref _provedAt) >= startedAt)
            return read();
        if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
            return null;
        dataSource.Clear();
        var second = read();
        _ = second.ContinueWith(_ => Volatile.Write(ref _isTaken, 0), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return second;
    }

    /// <summary>The second run was faster.</summary>
    public void HasWon() => Volatile.Write(ref _provedAt, time.GetTimestamp());
}
