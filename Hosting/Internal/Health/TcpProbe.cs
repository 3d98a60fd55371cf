using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Internal.Health;

/// <summary>Healthy when a server on loopback answers a greeting of its own protocol; an open port alone says little.</summary>
internal sealed class TcpProbe(int port, byte[] greeting, Predicate<byte> isAnswer) : IHealthProbe
{
    private bool _answered;

    /// <summary>PostgreSQL: an SSLRequest is answered with N or S.</summary>
    public static TcpProbe Postgres(int port) => new(port, [0, 0, 0, 8, 4, 210, 22, 47], answer => answer is (byte)'N' or (byte)'S');

    /// <summary>AMQP 0-9-1: the protocol header is answered with a method frame.</summary>
    public static TcpProbe Amqp(int port) => new(port, [(byte)'A', (byte)'M', (byte)'Q', (byte)'P', 0, 0, 9, 1], answer => answer == 1);

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            // Once it has spoken, an open port is enough: brokers log every greeting that is not followed up.
            if (_answered)
                return null;
            var stream = client.GetStream();
            await stream.WriteAsync(greeting, cancellationToken);
            var answer = new byte[1];
            _answered = await stream.ReadAsync(answer, cancellationToken) == 1 && isAnswer(answer[0]);
            return _answered
                ? null
                : $"port {port} is open but does not speak yet";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return $"port {port} does not answer";
        }
    }
}
