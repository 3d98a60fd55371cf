using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Tells a slow database from one that is gone while work on it hangs: asks the server, on a connection of its own, whether
/// it speaks TLS. Every PostgreSQL answers that with one byte before any authentication.
/// </summary>
internal sealed class DatabaseProbe
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 4, 210, 22, 47];

    // Together they keep the answer within the 2 seconds, with half a second for a busy machine. Loaded far above its cores a sound
    // server was seen to take more than 0.6 s to answer.
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(0.4);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.2);

    private readonly TimeProvider _time;
    private readonly string? _host;
    private readonly int _port;
    private long _answeredAt = long.MinValue;

    public DatabaseProbe(string connectionString, TimeProvider time)
    {
        _time = time;
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Several hosts or a Unix socket: no single address to ask; the commit time-out decides alone.
        if (settings.Host is { } host && !host.Contains(',', StringComparison.Ordinal) && !host.StartsWith('/'))
            (_host, _port) = (host, settings.Port);
    }

    /// <summary>
    /// Lets slow work go on as long as the server is there, and cancels work that hangs on one that is not,
    /// soon enough to answer within the 2 seconds of the contract.
    /// </summary>
    /// <param name="action">The work.</param>
    /// <param name="atMost">Longest work on a server that is there.</param>
    /// <param name="silence">How long the server may have been silent; zero: not once.</param>
    /// <param name="hedge">Of work that may run twice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AbandonedOperationException">The work did not even end when it was cancelled.</exception>
    /// <exception cref="TimeoutException">Work that may run twice took longer than <paramref name="atMost"/>; the server is there.</exception>
    public async Task<T> WithinReachAsync<T>(
        Func<CancellationToken, Task<T>> action, TimeSpan atMost, TimeSpan silence, ReadHedge? hedge, CancellationToken cancellationToken)
    {
        // Not linked to the caller's, whose threads would then run what cancelling means to the driver.
        var work = new HedgedWork<T>(action, hedge, new CancellationTokenSource(), _time);
        var isSlow = await IsTooSlowAsync(work, atMost, silence, cancellationToken) && hedge is not null;
        work.Cancel();
        if (!work.Run.IsCompleted && await Task.WhenAny(work.Run, Task.Delay(Grace, _time, CancellationToken.None)) != work.Run)
        {
            // A driver that waits for a dead server's handshake hears no cancellation. It may still read our buffers: the caller keeps them.
            Forget(work.Run);
            cancellationToken.ThrowIfCancellationRequested();
            throw isSlow ? new TimeoutException() : new AbandonedOperationException();
        }
        try
        {
            return await work.Run;
        }
        catch (Exception e) when (isSlow && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(e.Message, e);
        }
    }

    // Npgsql asks the server to cancel, over another connection and on the thread that cancels, and waits for its answer: from one that
    // is gone that takes the connection's time-out, which neither the caller nor a thread of the pool has.
    public static void Cancel(CancellationTokenSource source) => _ = Task.Factory.StartNew(
        source.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    // Nobody waits for it any more: its exception is no news.
    public static void Forget(Task work) =>
        work.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Waits for the work, its limit or the server's silence; true: it is the limit that has passed.</summary>
    private async Task<bool> IsTooSlowAsync<T>(HedgedWork<T> work, TimeSpan atMost, TimeSpan silence, CancellationToken cancellationToken)
    {
        var heard = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(atMost, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (!work.Run.IsCompleted && !ended.IsCancellationRequested)
        {
            if (await work.WaitAsync(AskAfter, ended.Token))
                continue;
            if (await IsThereAsync())
                heard = _time.GetTimestamp();
            else if (_time.GetElapsedTime(heard) > silence)
                break;
            work.Hedge();
        }
        return timeout.IsCancellationRequested && !work.Run.IsCompleted;
    }

    // What others are told counts, too: with the machine busy one of several may wait for long.
    private async Task<bool> IsThereAsync()
    {
        var asked = _time.GetTimestamp();
        using var patience = new CancellationTokenSource(Patience, _time);
        if (await AnswersAsync(patience.Token))
            Volatile.Write(ref _answeredAt, _time.GetTimestamp());
        return Volatile.Read(ref _answeredAt) >= asked;
    }

    /// <summary>False when nobody answers before <paramref name="cancellationToken"/> fires.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (_host is null)
            return true;
        using var client = new TcpClient();
        // On a thread of its own: that those of the pool are all at work says nothing of the server.
        var answer = Task.Factory.StartNew(
            () => Ask(client), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        try
        {
            return await answer.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The answer may have come by now. Whoever still waits for it is ended by the end of the connection.
            Forget(answer);
            return answer.IsCompletedSuccessfully ? await answer : client is { Connected: true, Available: > 0 };
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private bool Ask(TcpClient client)
    {
        client.Connect(_host!, _port);
        var stream = client.GetStream();
        stream.Write(SslRequest);
        return stream.ReadByte() >= 0;
    }
}
