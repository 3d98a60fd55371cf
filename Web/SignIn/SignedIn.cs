using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace LaunchStack.Web.SignIn;

/// <summary>Who is signed in: a key and what it may do. It travels in the cookie, encrypted.</summary>
/// <param name="Key">The key itself.</param>
/// <param name="Name">What it is called.</param>
/// <param name="IsAdmin">May do everything.</param>
/// <param name="UserId">Bound to the instances of this user.</param>
/// <param name="InstanceId">Bound to this instance.</param>
internal sealed record SignedIn(string Key, string Name, bool IsAdmin, Guid? UserId, Guid? InstanceId)
{
    /// <summary>The policy of pages for administrators.</summary>
    public const string Admin = "admin";

    private const string KeyClaim = "key";
    private const string UserClaim = "user_id";
    private const string InstanceClaim = "instance_id";

    public static SignedIn Of(ClaimsPrincipal user) => new(
        user.FindFirstValue(KeyClaim) ?? "", user.Identity?.Name ?? "", user.IsInRole(Admin), Id(user, UserClaim), Id(user, InstanceClaim));

    /// <summary>What the cookie holds.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme);
        identity.AddClaim(new(KeyClaim, Key));
        identity.AddClaim(new(identity.NameClaimType, Name));
        if (IsAdmin)
            identity.AddClaim(new(identity.RoleClaimType, Admin));
        if (UserId is { } user)
            identity.AddClaim(new(UserClaim, user.ToString()));
        if (InstanceId is { } instance)
            identity.AddClaim(new(InstanceClaim, instance.ToString()));
        return new(identity);
    }

    private static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;
}
