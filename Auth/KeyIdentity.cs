using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace LaunchStack.Auth;

/// <summary>Who calls: the holder of a key.</summary>
public sealed class KeyIdentity : ClaimsIdentity
{
    /// <summary>The holder of <paramref name="key"/>, with its scopes as claims.</summary>
    public KeyIdentity(ApiKey key)
        : base(Granted(key.Scopes).Select(scope => new Claim(Scopes.Claim, scope)), KeyHandler.SchemeName) => Key = key;

    /// <summary>The key.</summary>
    public ApiKey Key { get; }

    /// <summary>The key of a request; null for the admin key of the configuration and outside a request.</summary>
    public static ApiKey? Of(HttpContext? http) => (http?.User.Identity as KeyIdentity)?.Key;

    private static IEnumerable<string> Granted(IReadOnlyList<string> scopes) =>
        scopes.Contains(Scopes.Admin) ? Scopes.All : scopes;
}
