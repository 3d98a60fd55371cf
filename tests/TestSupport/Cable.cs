using System.Net;
using System.Net.Sockets;

namespace LaunchStack.TestSupport;

/// <summary>Connections to a server on loopback that a test can cut, as when a machine dies or the server starts again.</summary>
public sealed class Cable : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _ends = [];

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

    /// <inheritdoc/>
    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync(int serverPort)
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync();
            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(IPAddress.Loopback, serverPort);
            lock (_ends)
                _ends.AddRange([client, server]);
            _ = PumpAsync(client, server);
            _ = PumpAsync(server, client);
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[65536];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
            await to.SendAsync(buffer.AsMemory(0, count));
        to.Close();
    }
}
