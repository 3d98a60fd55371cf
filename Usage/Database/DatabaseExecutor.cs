using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Runs work on the database under one promise: an answer, or <see cref="DatabaseUnavailableException"/> within 2 seconds of a database
/// that is away. Connections that died in the pool, as when the server was started again, are an error to nobody. After a failure
/// everybody is turned away for a moment, without a wait of their own. Thread-safe.
/// </summary>
public sealed class DatabaseExecutor
{
    /// <summary>After a failure: until then nothing is tried.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // Compression of the embedded database holds its only session for this long.
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan BackgroundPatience = TimeSpan.FromSeconds(10);

    // While another request empties the pool, a dead connection may still come out of it.
    private const int MaxDeadConnections = 20;

    // A server that starts again twice within one commit is not worth waiting for.
    private const int MaxCommitAttempts = 3;

    private readonly NpgsqlDataSource _dataSource;
    private readonly TimeProvider _time;
    private readonly DatabaseProbe _probe;
    private readonly ReadHedge _hedge;
    private readonly LiveConnections _connections;
    private readonly TimeSpan _limit;
    private volatile Outage? _outage;
    private volatile Outage? _writeOutage;

    /// <summary>For work on <paramref name="dataSource"/>.</summary>
    /// <param name="dataSource">The database.</param>
    /// <param name="time">Clock of the limits.</param>
    /// <param name="limit">Longest work on a database that is there but slow; 20 seconds unless given.</param>
    public DatabaseExecutor(NpgsqlDataSource dataSource, TimeProvider time, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (_dataSource, _time, _limit) = (dataSource, time, limit ?? DefaultLimit);
        _probe = new(dataSource.ConnectionString, time);
        _hedge = new(dataSource, time);
        _connections = new(dataSource, time);
    }

    /// <summary>Passes unless the database has failed, or refused to write, a moment ago.</summary>
    /// <exception cref="DatabaseUnavailableException">It has.</exception>
    public void ThrowIfUnavailable()
    {
        ThrowWithin(_outage);
        ThrowWithin(_writeOutage);
    }

    /// <summary>Runs work that reads, and may run twice at the same time. What the database says about its values (<see cref="PostgresErrors.IsAboutValues"/>) passes through.</summary>
    /// <exception cref="DatabaseUnavailableException">No connection, no answer in time, or a server that refuses.</exception>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        ReadAsync(
            async token =>
            {
                await using var connection = await _dataSource.OpenConnectionAsync(token);
                return await work(connection, token);
            },
            cancellationToken);

    /// <summary>As for reading, for work that writes: it runs again after a broken connection, never twice at the same time.</summary>
    public Task<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(
            outer => RepeatAsync(
                async token =>
                {
                    await using var connection = await _connections.OpenAsync(mayTrust: false, token);
                    return await work(connection, token);
                },
                outer),
            _limit, mayRunTwice: false, cancellationToken);

    /// <summary>As for work that writes, for one statement that finds its rows only once, as a deletion does.</summary>
    /// <returns>Whether it has found any; at a repetition, whether the try before it has, whose COMMIT was not answered.</returns>
    public Task<bool> WriteAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        var found = false;
        return WriteAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                found |= await connection.ExecuteAsync(sql, token, values) > 0;
                await transaction.CommitAsync(token);
                return found;
            },
            cancellationToken);
    }

    /// <summary>As for work that reads, for work that opens its own connections.</summary>
    public Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(token => RepeatAsync(work, token), _limit, mayRunTwice: true, cancellationToken);

    /// <summary>
    /// As for reading, for work that takes as long as it takes while the server is there. It is not repeated.
    /// </summary>
    public Task<T> RunLongAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(work, Timeout.InfiniteTimeSpan, mayRunTwice: false, cancellationToken);

    /// <summary>
    /// As <see cref="RunLongAsync"/>, for work that nobody waits for: a server that is too busy to answer for a moment ends none of it.
    /// Services in the background do all their work here: a token of theirs that reached the driver would hold up the stop of the process.
    /// </summary>
    public Task<T> RunInBackgroundAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        GuardAsync(work, Timeout.InfiniteTimeSpan, mayRunTwice: false, cancellationToken, BackgroundPatience);

    /// <inheritdoc cref="RunInBackgroundAsync{T}"/>
    public Task RunInBackgroundAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        RunInBackgroundAsync(
            async token =>
            {
                await work(token);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Runs a transaction that must not be repeated blindly: when its connection breaks before the answer to COMMIT, it goes again only
    /// once <paramref name="isUndone"/>, over another connection, has proved that it did not count.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">
    /// As above; it may have been committed after all. Its cause is an <see cref="AbandonedOperationException"/> when it may still be running.
    /// </exception>
    internal Task<T> CommitAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> commit, Func<NpgsqlConnection, CancellationToken, Task<bool>> isUndone) =>
        GuardAsync(token => CommitOnceAsync(commit, isUndone, token), _limit, mayRunTwice: false, CancellationToken.None);

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan limit, bool mayRunTwice, CancellationToken cancellationToken, TimeSpan patience = default)
    {
        if (mayRunTwice)
            ThrowWithin(_outage);
        else
            ThrowIfUnavailable();
        try
        {
            return await _probe.WithinReachAsync(work, limit, patience, mayRunTwice ? _hedge : null, cancellationToken);
        }
        catch (Exception e) when ((PostgresErrors.IsUnavailable(e) || e is MissingSchemaException)
            && !PostgresErrors.IsAboutValues(e) && !cancellationToken.IsCancellationRequested)
        {
            var outage = new Outage(PostgresErrors.ForClient(e), _time.GetTimestamp() + (long)(RetryAfter.TotalSeconds * _time.TimestampFrequency));
            if (PostgresErrors.IsWriteOutage(e))
                _writeOutage = outage;
            else if (!ConcernsOneStatement(e, mayRunTwice))
                _outage = outage;
            throw new DatabaseUnavailableException(outage.Reason, RetryAfter, e);
        }
    }

    // What the server refuses, a read that it takes too long for, or one that found no connection free says nothing about the others.
    private static bool ConcernsOneStatement(Exception e, bool isRead) => PostgresErrors.IsPoolExhausted(e) || e switch
    {
        PostgresException p => !PostgresErrors.IsOutage(p) || p.SqlState == PostgresErrorCodes.QueryCanceled,
        _ => isRead && e is TimeoutException and not AbandonedOperationException,
    };

    private void ThrowWithin(Outage? outage)
    {
        if (outage is not null && _time.GetTimestamp() < outage.Until)
            throw new DatabaseUnavailableException(outage.Reason, RetryAfter);
    }

    private async Task<T> RepeatAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (NpgsqlException e) when (PostgresErrors.IsBrokenConnection(e) && attempt < MaxDeadConnections)
            {
                _dataSource.Clear();
            }
        }
    }

    private async Task<T> CommitOnceAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> commit,
        Func<NpgsqlConnection, CancellationToken, Task<bool>> isUndone,
        CancellationToken cancellationToken)
    {
        var (broken, backend) = ((Exception?)null, 0);
        for (var attempt = 1; ; attempt++)
        {
            var connection = await _connections.OpenAsync(mayTrust: attempt == 1, cancellationToken);
            var silent = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task<T>? running = null;
            try
            {
                if (broken is not null && !(await _connections.HasEndedAsync(connection, backend, cancellationToken) && await isUndone(connection, cancellationToken)))
                    throw broken;
                backend = connection.ProcessID;
                running = commit(connection, silent.Token);
                await _connections.WhileHeardAsync(running, backend);
                var result = await running;
                _connections.Committed();
                return result;
            }
            catch (Exception e) when (e is not PostgresException || PostgresErrors.IsBrokenConnection(e))
            {
                // The others in the pool have most likely lost their server too.
                _dataSource.Clear();
                if (attempt == MaxCommitAttempts || e == broken || !PostgresErrors.IsBrokenConnection(e))
                    throw;
                broken = e;
            }
            finally
            {
                if (running is { IsCompleted: false })
                    LiveConnections.CloseUnheard(running, silent, connection);
                else
                    await connection.DisposeAsync();
            }
        }
    }

    private sealed record Outage(string Reason, long Until);
}
