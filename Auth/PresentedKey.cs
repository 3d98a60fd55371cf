using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LaunchStack.Auth;

/// <summary>Finds the key in a request: <c>Bearer</c>, and what other clients' protocols know: <c>Token</c> (Influx 2), <c>Basic</c>, and <c>?p=</c> (Influx 1).</summary>
internal static class PresentedKey
{
    // Longer than any key of ours; keeps hashing cheap for strangers.
    private const int MaxLength = 512;

    public static string? Read(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header.Parameter is not { } value)
            return FromQuery(request);
        var key = header.Scheme.ToUpperInvariant() switch
        {
            "BEARER" or "TOKEN" => value.Trim(),
            "BASIC" => Password(value),
            _ => null,
        };
        return key is { Length: > 0 and <= MaxLength } ? key : null;
    }

    // InfluxDB 1 clients may send ?u=user&p=password. Only there: proxies write addresses down, too.
    private static string? FromQuery(HttpRequest request) =>
        request.Path.Value is "/write" or "/query" && request.Query["p"] is [{ Length: > 0 and <= MaxLength } password] ? password : null;

    // The user name says nothing: the key alone identifies.
    private static string? Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : text[(colon + 1)..];
    }
}
