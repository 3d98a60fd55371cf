using LaunchStack.Auth;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>What a bound key may see: a user's key its user, an instance's key its instance.</summary>
internal static class MeteringAccess
{
    /// <summary>The user that the key is bound to; null: it sees all of them, or none (<see cref="MayAskForUser"/>).</summary>
    public static Guid? User(HttpContext http) => KeyIdentity.Of(http)?.UserId;

    /// <summary>Whether the key may ask for this user; null: for all of them.</summary>
    public static bool MayAskForUser(HttpContext http, Guid? user) =>
        KeyIdentity.Of(http) is not { } key || (key.InstanceId is null && (key.UserId is null || key.UserId == user));

    /// <summary>Whether the key may ask for this instance; a user's key is shown the days that are its user's.</summary>
    public static bool MayAskForInstance(HttpContext http, Guid instance) => KeyIdentity.Of(http)?.InstanceId is not { } own || own == instance;

    // Nothing of what was asked for: whether it exists is not the key's business.
    public static ProblemHttpResult Refused() => TypedResults.Problem("The key may not see this.", statusCode: StatusCodes.Status403Forbidden);
}
