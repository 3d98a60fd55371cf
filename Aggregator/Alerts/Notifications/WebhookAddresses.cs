using System.Net;
using System.Net.Sockets;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Which addresses a webhook may go to. Asked about the address that is connected to, so no name can mean another one later.</summary>
internal static class WebhookAddresses
{
    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/3"),
        IPNetwork.Parse("::/128"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
        // Metadata services of clouds outside the link-local ranges.
        IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("168.63.129.16/32"), IPNetwork.Parse("fd00:ec2::254/128"),
        // Addresses that stand for IPv4 ones: what they lead to is not to be seen.
        IPNetwork.Parse("64:ff9b::/96"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("::/96"),
    ];

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"),
    ];

    /// <summary>Whether a webhook may go there.</summary>
    public static bool MayGoTo(IPAddress address, bool allowPrivate)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IPv6Loopback.Equals(plain) || plain.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(plain)
            ? allowPrivate
            : !Never.Any(n => n.Contains(plain)) && (allowPrivate || !Private.Any(n => n.Contains(plain)));
    }
}
