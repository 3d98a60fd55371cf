using System.Net;
using System.Net.Sockets;

namespace LaunchStack.TestSupport;

/// <summary>Ports nobody listens on.</summary>
public static class FreePort
{
    /// <summary><paramref name="count"/> different ports on loopback, free a moment ago.</summary>
    public static int[] Take(int count)
    {
        // All held at once, so that they differ.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        var ports = Array.ConvertAll(listeners, listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }

    /// <summary>One such port.</summary>
    public static int Take() => Take(1)[0];
}
