using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LaunchStack.TestSupport;

/// <summary>
/// Connections to a server on loopback that a test can cut, as when a machine dies or the server starts again, or hold, as when either
/// hangs: connections are taken and nothing is answered.
/// </summary>
public sealed class Cable : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _ends = [];
    private volatile TaskCompletionSource? _held;
    private volatile Generation _generation = new();
    private byte[]? _cutBefore;

    /// <summary>A cable to the server that listens on <paramref name="serverPort"/>.</summary>
    public Cable(int serverPort)
    {
        _listener.Start();
        _ = AcceptAsync(serverPort);
    }

    /// <summary>Where clients connect instead.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends the connections there are; new ones may come.</summary>
    public void Cut()
    {
        lock (_ends)
        {
            _ends.ForEach(end => end.Close());
            _ends.Clear();
        }
    }

    /// <summary>Cuts, once, where PostgreSQL has done a statement, and in place of its answer.</summary>
    /// <param name="tag">How the answer begins, as <c>COMMIT</c> or <c>INSERT</c>.</param>
    public void CutBefore(string tag) => Volatile.Write(ref _cutBefore, Encoding.ASCII.GetBytes(tag));

    /// <summary>
    /// The connections there are stay open and silent, as when a firewall has forgotten them; new ones pass.
    /// </summary>
    public void Forget()
    {
        var old = _generation;
        _generation = new();
        old.IsForgotten = true;
    }

    /// <summary>Nothing passes any more.</summary>
    public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything passes again, also what was held.</summary>
    public void Release()
    {
        _held?.TrySetResult();
        _held = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync(int serverPort)
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync();
            var generation = _generation;
            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(IPAddress.Loopback, serverPort);
            lock (_ends)
                _ends.AddRange([client, server]);
            _ = PumpAsync(client, server, generation, isAnswer: false);
            _ = PumpAsync(server, client, generation, isAnswer: true);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Generation generation, bool isAnswer)
    {
        var buffer = new byte[65536];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            if (_held is { } held)
                await held.Task;
            if (generation.IsForgotten)
                return;
            if (isAnswer && Volatile.Read(ref _cutBefore) is { } tag && buffer.AsSpan(0, count).IndexOf(tag) >= 0)
            {
                Volatile.Write(ref _cutBefore, null);
                Cut();
                return;
            }
            await to.SendAsync(buffer.AsMemory(0, count));
        }
        to.Close();
    }

    private sealed class Generation
    {
        public volatile bool IsForgotten;
    }
}
