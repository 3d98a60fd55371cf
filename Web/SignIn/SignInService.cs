using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.Authentication;

namespace LaunchStack.Web.SignIn;

/// <summary>Signs in with a key, once the aggregator has said what it may do.</summary>
internal sealed class SignInService(AggregatorClient aggregator)
{
    // Longer than any key of ours.
    private const int MaxLength = 512;

    /// <summary>Signs in; otherwise says why not.</summary>
    /// <exception cref="ApiException">The aggregator does not answer.</exception>
    public async Task<string?> SignInAsync(HttpContext http, string? presented)
    {
        var key = presented?.Trim() ?? "";
        if (key.Length is 0 or > MaxLength || key.Any(c => c is <= ' ' or > '~'))
            return "That is not a key. Give one as it was shown when it was made.";
        OwnKey own;
        try
        {
            own = await aggregator.SendAsync<OwnKey>(HttpMethod.Get, "/v1/key", null, http.RequestAborted, key: key);
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status401Unauthorized)
        {
            return "That key is unknown, revoked or expired.";
        }
        if (!own.Scopes.Contains("read") && !own.Scopes.Contains(SignedIn.Admin))
            return $"The key '{own.Name}' has the scopes {string.Join(", ", own.Scopes)}: these pages need read or admin.";
        var signedIn = new SignedIn(key, own.Name, own.Scopes.Contains(SignedIn.Admin), own.UserId, own.InstanceId);
        await http.SignInAsync(signedIn.ToPrincipal(), new() { IsPersistent = true, ExpiresUtc = own.ExpiresAt });
        return null;
    }
}
