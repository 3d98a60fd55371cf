using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LaunchStack.Dashboard.Login;

/// <summary>The token of the login URL, given or generated, and the cookie made from it: a new token is a new cookie.</summary>
internal sealed class BrowserToken
{
    public const string CookieName = ".LaunchStack.Dashboard";
    private readonly byte[] _token, _cookie;

    public BrowserToken(IOptions<DashboardOptions> options)
    {
        var frontend = options.Value.Frontend;
        Required = !string.Equals(frontend.AuthMode, "Unsecured", StringComparison.OrdinalIgnoreCase);
        Token = frontend.BrowserToken is { Length: > 0 } given ? given : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _token = Encoding.UTF8.GetBytes(Token);
        Cookie = Convert.ToHexStringLower(HMACSHA256.HashData(_token, "dashboard cookie"u8));
        _cookie = Encoding.UTF8.GetBytes(Cookie);
    }

    public bool Required { get; }

    public string Token { get; }

    public string Cookie { get; }

    public bool IsToken(string? text) => Same(_token, text);

    public bool IsCookie(string? text) => Same(_cookie, text);

    private static bool Same(byte[] expected, string? text) => text is not null && CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(text));
}
