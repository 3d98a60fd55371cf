using System.Net;
using System.Net.Sockets;

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
            _ = PumpAsync(client, server, generation);
            _ = PumpAsync(server, client, generation);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Generation generation)
    {
        var buffer = new byte[65536];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            if (_held is { } held)
                await held.Task;
            if (generation.IsForgotten)
                return;
            await to.SendAsync(buffer.AsMemory(0, count));
        }
        to.Close();
    }

    private sealed class Generation
    {
        public volatile bool IsForgotten;
    }
}
