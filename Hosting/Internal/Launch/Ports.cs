using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Internal.Launch;

/// <summary>Ports on loopback.</summary>
internal static class Ports
{
    /// <summary>A port that nobody listens on at this moment.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static bool IsTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
