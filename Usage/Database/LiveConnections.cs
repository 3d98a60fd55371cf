using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Connections that answer, and whether those still do that work runs on. One in the pool may have died without a word, as when a firewall
/// has forgotten it or its backend is stopped; nobody waits for the driver to notice.
/// </summary>
internal sealed class LiveConnections(NpgsqlDataSource dataSource, TimeProvider time)
{
    // Keeps the answer within the 2 seconds; work that may be repeated needs no limit of its own.
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(1.5);

    // Idle for longer, a connection may have lost its server unnoticed.
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(1);

    // Of a connection before a commit: a round trip, unless the connection is dead.
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan BackendLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackendPoll = TimeSpan.FromMilliseconds(20);

    // Between two statements of a transaction a backend is idle for a moment, too.
    private const string IsIdle = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state LIKE 'idle%' AND state_change < clock_timestamp() - $2)";

    private long _committedAt = long.MinValue;

    /// <summary>A commit was answered: for a moment connections need no check.</summary>
    public void Committed() => Volatile.Write(ref _committedAt, time.GetTimestamp());

    /// <summary>
    /// One that answers: it is not always certain whether a broken commit counted, so one that died in the pool is better found out
    /// before anything is sent over it.
    /// </summary>
    /// <param name="mayTrust">Leaves out the check right after a commit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<NpgsqlConnection> OpenAsync(bool mayTrust, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(OpenLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            var connection = await dataSource.OpenConnectionAsync(either.Token);
            var last = Volatile.Read(ref _committedAt);
            if (mayTrust && last != long.MinValue && time.GetElapsedTime(last) < Trusted)
                return connection;
            var silent = new CancellationTokenSource();
            var check = connection.ExecuteAsync("SELECT 1", silent.Token);
            try
            {
                await check.WaitAsync(CheckLimit, time, either.Token);
                return connection;
            }
            catch (Exception e) when (e is TimeoutException || PostgresErrors.IsBrokenConnection(e))
            {
                CloseUnheard(check, silent, connection);
                dataSource.Clear();
            }
            catch
            {
                CloseUnheard(check, silent, connection);
                throw;
            }
        }
    }

    /// <summary>Closes it once <paramref name="running"/> has ended: closing waits for the answer to what runs on it, and nobody waits for one that may never come.</summary>
    public static void CloseUnheard(Task running, CancellationTokenSource cancellation, NpgsqlConnection connection)
    {
        DatabaseProbe.Cancel(cancellation);
        _ = CloseAfterAsync();

        async Task CloseAfterAsync()
        {
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await connection.DisposeAsync();
        }
    }

    /// <summary>
    /// Waits while the backend works. A commit whose backend waits for us while we wait for it will hear nothing more: its connection has
    /// died without a word. Whether the backend is slow or idle only another connection can tell.
    /// </summary>
    /// <exception cref="AbandonedOperationException">It has.</exception>
    public async Task WhileHeardAsync(Task running, int backend)
    {
        while (true)
        {
            try
            {
                await running.WaitAsync(BackendLimit, time);
                return;
            }
            catch (TimeoutException) when (!running.IsCompleted)
            {
                if (await IsIdleAsync(backend))
                    throw new AbandonedOperationException();
            }
        }
    }

    /// <summary>Whether a backend whose connection broke is gone, and so has decided: when only the connection broke, it may still be at it.</summary>
    public async Task<bool> HasEndedAsync(NpgsqlConnection connection, int backend, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", cancellationToken, backend))
        {
            if (time.GetElapsedTime(started) > BackendLimit)
                return false;
            await Task.Delay(BackendPoll, time, cancellationToken);
        }
        return true;
    }

    private async Task<bool> IsIdleAsync(int backend)
    {
        try
        {
            await using var connection = await OpenAsync(mayTrust: false, CancellationToken.None);
            return await connection.ScalarAsync<bool>(IsIdle, CancellationToken.None, backend, BackendLimit / 2);
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            // Then the probe decides.
            return false;
        }
    }
}
