using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Auth;

/// <summary>How a key looks and how it is hashed.</summary>
internal static class KeyText
{
    // Lets secret scanners find a key that leaked.
    private const string Prefix = "lsk_";

    public static string Make() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>A hash as a text, under which the process remembers a key: it need not hold keys in clear.</summary>
    public static string Name(byte[] hash) => Convert.ToHexString(hash);
}
