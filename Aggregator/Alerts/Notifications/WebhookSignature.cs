using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Signatures and secrets of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    // The bounds of the specification.
    private const int MinSecretBytes = 24;
    private const int MaxSecretBytes = 64;

    /// <summary>The header <c>webhook-signature</c>.</summary>
    public static string Sign(byte[] secret, string id, DateTimeOffset at, string body) => "v1," + Convert.ToBase64String(
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{id}.{Timestamp(at)}.{body}")));

    /// <summary>The header <c>webhook-timestamp</c>.</summary>
    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The bytes of a secret: <c>whsec_</c> and 24 to 64 bytes in base64; null when it is none.</summary>
    public static byte[]? Parse(string text)
    {
        var encoded = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        var bytes = new byte[MaxSecretBytes];
        return encoded.Length <= MaxSecretBytes * 2 && Convert.TryFromBase64String(encoded, bytes, out var length) && length >= MinSecretBytes
            ? bytes[..length]
            : null;
    }
}
