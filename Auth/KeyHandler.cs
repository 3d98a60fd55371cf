using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Auth;

/// <summary>Authenticates a request by its key.</summary>
internal sealed class KeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, IOptions<AuthOptions> auth, KeyCache keys,
    ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private static readonly ClaimsPrincipal Admin = new(new ClaimsIdentity(Scopes.All.Select(s => new Claim(Scopes.Claim, s)), SchemeName));

    private static readonly ClaimsPrincipal Agent = new(new KeyIdentity(new(
        Guid.Empty, "agent", [Scopes.Ingest], UserId: null, InstanceId: null, RegistersInstances: true, SamplesPerSecond: null, Burst: null,
        NewInstancesPerDay: null, DateTimeOffset.UnixEpoch, ExpiresAt: null, RevokedAt: null, LastUsedAt: null)));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (PresentedKey.Read(Request) is not { } key)
            return AuthenticateResult.NoResult();
        var principal = SameKey(key, auth.Value.AdminKey) ? Admin
            : auth.Value.AgentKey.Length > 0 && SameKey(key, auth.Value.AgentKey) ? Agent
            : await keys.FindAsync(key, Context.RequestAborted);
        return principal is null ? AuthenticateResult.Fail("Unknown key.") : AuthenticateResult.Success(new(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer realm=\"launchstack\"";
        return Task.CompletedTask;
    }

    // Hashed first, so that neither length nor prefix shows in the time it takes.
    private static bool SameKey(string presented, string expected) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(presented)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
