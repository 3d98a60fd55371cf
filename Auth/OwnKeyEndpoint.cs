using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LaunchStack.Auth;

/// <summary><c>GET /v1/key</c>.</summary>
public static class OwnKeyEndpoint
{
    /// <summary>Maps it, for keys of any scope.</summary>
    public static void MapOwnKey(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/key", Of).WithName("OwnKey").WithTags("Keys").WithSummary("What the key of this request may do.").RequireAuthorization();

    private static Ok<OwnKey> Of(HttpContext http) => TypedResults.Ok(KeyIdentity.Of(http) is { } key
        ? new OwnKey(key.Name, key.Scopes, key.UserId, key.InstanceId, key.ExpiresAt)
        // The key of the configuration has no row.
        : new OwnKey("admin", Scopes.All, null, null, null));
}
