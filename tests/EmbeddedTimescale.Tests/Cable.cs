using System.Net;
using System.Net.Sockets;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>A connection to the gateway that a test can cut, as when the client's machine dies.</summary>
internal sealed class Cable : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _ends = [];

    public Cable(int gatewayPort)
    {
        _listener.Start();
        _ = AcceptAsync(gatewayPort);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Cut()
    {
        lock (_ends)
            _ends.ForEach(end => end.Close());
    }

    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync(int gatewayPort)
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync();
            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(IPAddress.Loopback, gatewayPort);
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
