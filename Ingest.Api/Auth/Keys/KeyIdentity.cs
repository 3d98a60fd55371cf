using System.Security.Claims;

namespace LaunchStack.Ingest.Api.Auth.Keys;

/// <summary>Who calls: the holder of a key.</summary>
internal sealed class KeyIdentity : ClaimsIdentity
{
    public KeyIdentity(ApiKey key)
        : base(Granted(key.Scopes).Select(scope => new Claim(Auth.Scopes.Claim, scope)), KeyHandler.SchemeName) => Key = key;

    public ApiKey Key { get; }

    /// <summary>The key of a request; null for the admin key of the configuration and outside a request.</summary>
    public static ApiKey? Of(HttpContext? http) => (http?.User.Identity as KeyIdentity)?.Key;

    private static IEnumerable<string> Granted(IReadOnlyList<string> scopes) =>
        scopes.Contains(Auth.Scopes.Admin) ? Auth.Scopes.All : scopes;
}
