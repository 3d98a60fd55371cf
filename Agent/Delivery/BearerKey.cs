using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// The key of Ingest.Api: one of scope <c>ingest</c> that registers instances is enough. From a file it is read for every request,
/// so that a changed key needs no restart.
/// </summary>
internal sealed class BearerKey(IConfiguration configuration, IOptions<AgentOptions> options)
{
    public const string Setting = "Auth:Key";

    /// <summary>What other services call the key that may do everything; it works here too.</summary>
    public const string AdminSetting = "Auth:AdminKey";

    // A key of Ingest.Api has 47 characters; a larger file is another one.
    private const int MaxFileBytes = 4096;

    /// <summary>Where the key comes from, for messages.</summary>
    public string Source => options.Value.KeyFile is { Length: > 0 } file ? $"Agent:KeyFile ({file})" : SettingIn(configuration);

    /// <summary>The setting that holds the key.</summary>
    public static string SettingIn(IConfiguration configuration) =>
        string.IsNullOrWhiteSpace(configuration[Setting]) && !string.IsNullOrWhiteSpace(configuration[AdminSetting]) ? AdminSetting : Setting;

    /// <summary>Whether a text can stand in the header.</summary>
    public static bool IsKey(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    /// <returns>The header; null if there is no key to be had, and <paramref name="problem"/> says why.</returns>
    public AuthenticationHeaderValue? TryRead(out string problem)
    {
        problem = "";
        try
        {
            var key = options.Value.KeyFile is { Length: > 0 } file ? ReadFile(file) : configuration[SettingIn(configuration)] ?? "";
            if (IsKey(key))
                return new("Bearer", key);
            problem = $"{Source} holds no key";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            problem = $"{Source} cannot be read: {failure.Message}";
        }

        return null;
    }

    private static string ReadFile(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> bytes = stackalloc byte[MaxFileBytes + 1];
        var length = RandomAccess.Read(file, bytes, 0);
        return length > MaxFileBytes ? "" : System.Text.Encoding.UTF8.GetString(bytes[..length]).Trim();
    }
}
