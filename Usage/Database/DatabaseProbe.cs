using System.Net.Sockets;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Tells a slow database from one that is gone while a commit hangs: asks the server, on a connection of its own, whether
/// it speaks TLS. Every PostgreSQL answers that with one byte before any authentication.
/// </summary>
internal sealed class DatabaseProbe
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 4, 210, 22, 47];

    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.6);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.2);

    private readonly TimeProvider _time;
    private readonly string? _host;
    private readonly int _port;

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
    /// <param name="second">Of work that may run twice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AbandonedOperationException">The work did not even end when it was cancelled.</exception>
    public async Task<T> WithinReachAsync<T>(
        Func<CancellationToken, Task<T>> action, TimeSpan atMost, TimeSpan silence, SecondTry? second, CancellationToken cancellationToken)
    {
        // Not linked to the others, whose threads would then run what cancelling means to the driver.
        var givenUp = new CancellationTokenSource();
        var first = action(givenUp.Token);
        var (work, again) = (first, (Task<T>?)null);
        var heard = _time.GetTimestamp();
        using (var timeout = new CancellationTokenSource(atMost, _time))
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
        {
            while (!work.IsCompleted && !ended.IsCancellationRequested)
            {
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(ended.Token);
                var finished = await Task.WhenAny(again ?? first, first, Task.Delay(AskAfter, _time, pause.Token)) is Task<T>;
                await pause.CancelAsync();
                // A second run that fails says nothing about the first.
                if (again is { IsCompletedSuccessfully: true } && !first.IsCompleted)
                {
                    work = again;
                    second!.HasWon();
                }
                if (first.IsCompleted || work != first || ended.IsCancellationRequested)
                    break;
                if (finished)
                {
                    again = null;
                    continue;
                }
                using var patience = new CancellationTokenSource(Patience, _time);
                if (await AnswersAsync(patience.Token))
                    heard = _time.GetTimestamp();
                else if (_time.GetElapsedTime(heard) > silence)
                    break;
                if (again is null && !first.IsCompleted && second?.TryBegin() == true)
                    again = action(givenUp.Token);
            }
        }
        if (work != first || again is { IsCompleted: false })
        {
            Cancel(givenUp);
            Forget(first);
            Forget(again);
        }
        if (!work.IsCompleted)
            Cancel(givenUp);
        if (!work.IsCompleted && await Task.WhenAny(work, Task.Delay(Grace, _time, CancellationToken.None)) != work)
        {
            // A driver that waits for a dead server's handshake hears no cancellation. It may still read our buffers: the caller keeps them.
            Forget(work);
            cancellationToken.ThrowIfCancellationRequested();
            throw new AbandonedOperationException();
        }
        return await work;
    }

    // Npgsql asks the server to cancel, over another connection and on the thread that cancels, and waits for its answer: from one that
    // is gone that takes the connection's time-out, which neither the caller nor a thread of the pool has.
    public static void Cancel(CancellationTokenSource source) => _ = Task.Factory.StartNew(
        source.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    // Nobody waits for it any more: its exception is no news.
    private static void Forget(Task? work) =>
        work?.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>False when nobody answers before <paramref name="cancellationToken"/> fires.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (_host is null)
            return true;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(_host, _port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(SslRequest, cancellationToken);
            return await stream.ReadAsync(new byte[1], cancellationToken) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
